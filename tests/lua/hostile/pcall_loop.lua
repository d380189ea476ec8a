-- a loop that catches all [expect: timeout]
while true do pcall(error) end
