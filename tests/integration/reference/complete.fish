# usage: fish complete.fish FILE < LINES
# What fish offers at the end of each line, by the completion in FILE: one line of words for each.
source $argv[1]
while read line
    echo (complete -C "$line" | cut -f 1)
end
