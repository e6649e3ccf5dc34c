# Doxygen reads the comments of a header as documentation only where they have a third slash, and for
# one declaration. In these headers a comment on a function speaks for all functions up to the next
# empty line, and one that ends with a colon for all declarations and enumerators up to the next
# empty line or comment.
function indentation(line) {
  match(line, /^ */)
  return RLENGTH
}
# The comment is complete: a line follows that is none.
function print_comment() {
  in_comment = 0
  lists = sub(/:$/, ".", comment)
  print comment
}
NR == 1 && /^\/\/ / { print "/// \\file" }
/^ *\/\// {
  if (indentation($0) == beside) {  # its second line
    sub(/\/\//, "///<")
    print
  } else {
    sub(/\/\//, "///")
    beside = -1
    comment = in_comment ? comment "\n" $0 : $0
    column = indentation($0)
    in_comment = 1
    ended = 0
  }
  next
}
{
  is_first = in_comment
  if (in_comment) print_comment()
  is_function = (/^[^=]*\(/ || /operator/) && !/^ *friend /
  ends = /[;}]( *\/\/.*)?$/ || (lists && /,( *\/\/.*)?$/)  # a declaration, or an enumerator
  speaks_for = is_function || (lists && /[;,]( *\/\/.*)?$/)
  if ($0 == "" || indentation($0) < column || (is_first && ends && !is_function && !lists)) {
    comment = ""
  }
  if (comment != "" && ended && indentation($0) == column && speaks_for) print comment
  ended = ends
  beside = match($0, /[;,{] +\/\/ /) ? index($0, " // ") : -1
  if (beside > 0) sub(/ \/\/ /, " ///< ")
  print
}
END { if (in_comment) print_comment() }
