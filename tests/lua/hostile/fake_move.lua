-- a move of nothing [expect: timeout]
table.move({}, 1, math.maxinteger - 1, 2)
