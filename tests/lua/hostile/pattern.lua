-- a pattern that explodes [expect: timeout]
string.find(("a"):rep(5000), ("a*"):rep(30) .. "b")
