-- an endless loop [expect: timeout]
while true do end
