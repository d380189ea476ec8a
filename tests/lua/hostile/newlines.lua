-- [expect: timeout|ok] half a million lines in one call
for i = 1, 100 do io.write(("\n"):rep(512 * 1024)) end
