# shellcheck shell=bash
# How `.ci/run` runs its steps: `step TITLE COMMAND...` announces one, times it, and remembers how it went; `summary` tells
# it all at the end. A step that fails does not keep the others from running. A step that cannot run here calls `skip WHY`.

readonly SKIPPED=77
results=()
passed=0
failed=0
skipped=0
why=$(mktemp)
trap 'rm -f "$why"' EXIT
trap 'exit 130' INT TERM

step() {
    local title=$1 begin=$SECONDS status
    shift
    printf '\n=== %s\n' "$title"
    : >"$why"
    # Not in a condition: there, `set -e` would mean nothing inside of the step.
    set +e
    (
        set -e
        "$@"
    )
    status=$?
    set -e
    remember "$title" "$status" "$((SECONDS - begin))"
}

remember() {
    local title=$1 status=$2 time
    time=$(printf '%d:%02d' $(($3 / 60)) $(($3 % 60)))
    case $status in
    0) passed=$((passed + 1)) && result="passed   $time  $title" ;;
    "$SKIPPED") skipped=$((skipped + 1)) && result="skipped  $time  $title: $(cat "$why")" ;;
    *) failed=$((failed + 1)) && result="FAILED   $time  $title (exit $status)" ;;
    esac
    results+=("$result")
    printf -- '--- %s\n' "$result"
}

# Ends a step that cannot run here, with the reason.
skip() {
    echo "$1" >"$why"
    exit "$SKIPPED"
}

# Runs a command that has to end with a certain exit status.
expect_exit() {
    local expected=$1 status=0
    shift
    "$@" || status=$?
    if [ "$status" -ne "$expected" ]; then
        echo "'$*' ended with $status; it has to end with $expected" >&2
        return 1
    fi
}

summary() {
    printf '\n=== Summary\n'
    printf '%s\n' "${results[@]}"
    printf '\nsteps: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
}
