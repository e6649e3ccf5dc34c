# Doxygen reads the comments of a header as documentation only where they have a third slash, and for
# one declaration. In these headers a comment on a function speaks for all functions up to the next
# empty line.
function indentation(line) {
  match(line, /^ */)
  return RLENGTH
}
NR == 1 && /^\/\/ / { print "/// \\file" }
/^ *\/\// {
  if (beside) {
    sub(/\/\//, "///<")
  } else {
    sub(/\/\//, "///")
    comment = in_comment ? comment "\n" $0 : $0
    column = indentation($0)
    in_comment = 1
    ended = 0
  }
  print
  next
}
{
  is_function = /^[^=]*\(/
  ends = /[;}]( *\/\/.*)?$/  # a declaration
  if ($0 == "" || indentation($0) < column || (in_comment && ends && !is_function)) comment = ""
  if (comment != "" && ended && indentation($0) == column && is_function) print comment
  in_comment = 0
  ended = ends
  beside = match($0, /[;,{] +\/\/ /)
  if (beside) sub(/ \/\/ /, " ///< ")
  print
}
