-- [expect: ok|timeout] good runs in between
n = (n or 0) + 1
if n % 2 == 1 then while true do end end
