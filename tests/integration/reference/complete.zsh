# usage: zsh -f complete.zsh FILE < LINES
# What zsh offers at the end of each line, by the completion in FILE: one line of words for each.
# Only an interactive shell completes, so there is one on a terminal of its own, where what is
# offered is printed instead of shown.
zmodload zsh/zpty
directory=$(mktemp -d)
trap 'rm -rf $directory' EXIT
cat >$directory/.zshrc <<END
PS1= PS2=
fpath=(${1:h} \$fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
  # Some calls only ask what would match.
  if [[ " \${@[1,(i)(-|--)]} " == *' -'[a-zA-Z12]#[OAD]' '* ]]; then
    builtin compadd "\$@"
    return
  fi
  local -a offered
  builtin compadd -A offered "\$@"
  words_offered+=(\$offered)
  builtin compadd "\$@"
}
typeset -ga words_offered
offer() {
  words_offered=()
  zle complete-word
  print -r -- "<<\$words_offered>>"
  zle kill-whole-line
}
setopt extended_glob
unsetopt list_beep auto_list auto_menu
zle -C complete-word complete-word _main_complete
zle -N offer
bindkey '^T' offer
print -r -- '<<ready>>'
END
zpty shell "ZDOTDIR=$directory TERM=dumb zsh -i"
zpty -r shell output '*<<*>>'
while IFS= read -r line; do
  zpty -w -n shell "$line"$'\C-t'
  zpty -r shell output '*<<*>>'
  print -r -- ${${output##*<<}%%>>*}
done
zpty -d shell
