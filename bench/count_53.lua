-- A check's look at a flow without an alert: how many go to port 53.
if flow.srv_port() == 53 then
   seen = (seen or 0) + 1
end
