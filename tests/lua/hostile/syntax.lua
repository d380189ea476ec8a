-- no program [expect: loaderr]
if then
