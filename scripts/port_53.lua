-- The example of the documentation: an alert for every flow to port 53.
if flow.srv_port() == 53 then
   flow.triggerAlert(100, "a flow to port 53 of " .. flow.srv())
end
