-- bytecode by load [expect: error]
load(string.dump(print))
