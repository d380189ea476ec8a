-- a string that doubles [expect: memory]
s = "x" while true do s = s .. s end
