# Doxygen reads the comments of a header as documentation only where they have a third slash.
NR == 1 && /^\/\/ / { print "/// \\file" }
/^ *\/\// {
  sub(/\/\//, beside ? "///<" : "///")
  print
  next
}
{
  beside = match($0, /[;,{] +\/\/ /)
  if (beside) sub(/ \/\/ /, " ///< ")
  print
}
