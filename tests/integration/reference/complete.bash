# usage: bash complete.bash FILE < LINES
# What bash offers at the end of each line, by the completion in FILE: one line of words for each.
source "$1"
while IFS= read -r line; do
  # Bash takes an equals sign for a word of its own.
  read -ra COMP_WORDS <<<"${line//=/ = }"
  [[ $line != *' ' ]] || COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  read -r _ _ function _ <<<"$(complete -p "${COMP_WORDS[0]}")"
  "$function"
  echo "${COMPREPLY[*]}"
done
