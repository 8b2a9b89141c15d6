#!/bin/sh
# bootstrap_test.sh BOOTSTRAP: runs it in a tree of its own, with commands that pretend.
set -u
bootstrap=$1
world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT
tree="$world/a tree with spaces"
failures=0

# --- stand-ins
basics='awk cat chmod cut dirname env grep mkdir mktemp mv printf rm sed sh tail'

stand_in() { # NAME, its text on stdin
    { printf '#!/bin/sh\n'; cat; } >"$world/bin/$1"
    chmod +x "$world/bin/$1"
}

# A machine on which everything is installed and works.
new_machine() {
    rm -rf "${world:?}/bin" "$tree"
    mkdir -p "$world/bin" "$tree/tools" "$tree/scenarios"
    for name in $basics; do ln -s "$(command -v "$name")" "$world/bin/$name"; done
    cp "$bootstrap" "$tree/tools/bootstrap"
    : >"$tree/scenarios/story.yaml"
    : >"$world/calls"
    stand_in dpkg-query <<'END'
echo installed
END
    stand_in id <<'END'
echo 0
END
    stand_in nproc <<'END'
echo 2
END
    stand_in df <<'END'
printf 'Filesystem 1024-blocks Used Available\nx 9 9 9999999\n'
END
    stand_in g++ <<'END'
echo 12
END
    stand_in apt-get <<END
echo "apt-get \$*" >>"$world/calls"
END
    # Configuring leaves a cache, building a program that tells how it was called.
    stand_in cmake <<END
echo "cmake \$*" >>"$world/calls"
build="$tree/build/release"
[ "\$1" = -S ] && { : >"\$build/build.ninja"; echo "CMAKE_HOME_DIRECTORY:INTERNAL=$tree" >"\$build/CMakeCache.txt"; }
[ "\$1" = --build ] || exit 0
mkdir -p "\$build/tools"
printf '#!/bin/sh\necho "tcpsim \$* in \$(pwd)"\nexit 1\n' >"\$build/tools/tcpsim"
chmod +x "\$build/tools/tcpsim"
END
    stand_in ctest <<END
echo "ctest \$*"
END
}

missing() { # PACKAGE: is not installed
    stand_in dpkg-query <<END
case "\$*" in *" $1") exit 1 ;; esac
echo installed
END
}

apt_says() { # TEXT: apt-get install prints it and fails
    stand_in apt-get <<END
echo "apt-get \$*" >>"$world/calls"
case "\$*" in *" install "*) echo "$1"; exit 100 ;; esac
END
}

# --- what is asserted
run() { # DIRECTORY ARGUMENTS…: status, stdout and stderr of the bootstrap called there
    place=$1
    shift
    (cd "$place" && PATH="$world/bin" "$tree/tools/bootstrap" "$@" </dev/null >"$world/out" 2>"$world/err")
    status=$?
}

wrong() {
    failures=$((failures + 1))
    echo "FAILED: $case: $*"
    sed 's/^/    stdout: /' "$world/out"
    sed 's/^/    stderr: /' "$world/err"
    sed 's/^/    called: /' "$world/calls"
}
status_is() { [ "$status" -eq "$1" ] || wrong "status $status, not $1"; }
out_is() { [ "$(cat "$world/out")" = "$1" ] || wrong "stdout is not: $1"; }
err_has() { grep -q -e "$1" "$world/err" || wrong "stderr has no: $1"; }
called() { grep -q -e "$1" "$world/calls" || wrong "never called: $1"; }
not_called() { ! grep -q -e "$1" "$world/calls" || wrong "called: $1"; }

# --- the cases
case='run: stdout and status are the program'"'"'s'
new_machine
run "$tree" run scenarios/story.yaml --seed 7
status_is 1
out_is "tcpsim run scenarios/story.yaml --seed 7 in $tree"
called 'cmake -S .* --preset release -DTCPSIM_TESTS=OFF'

case='run: nothing missing, no apt-get'
not_called apt-get

case='run: the second time nothing is configured again'
: >"$world/calls"
run "$tree" run scenarios/story.yaml
not_called 'cmake -S'
called 'cmake --build'

case='run: from elsewhere, a file of the repository'
run "$world" run scenarios/story.yaml
out_is "tcpsim run $tree/scenarios/story.yaml in $world"

case='run: from elsewhere, a file that lies there'
mkdir -p "$world/scenarios"
: >"$world/scenarios/story.yaml"
run "$world" run scenarios/story.yaml
out_is "tcpsim run scenarios/story.yaml in $world"

case='run: a tree that was moved is configured anew'
echo 'CMAKE_HOME_DIRECTORY:INTERNAL=elsewhere' >"$tree/build/release/CMakeCache.txt"
: >"$world/calls"
run "$tree" run scenarios/story.yaml
called 'cmake -S'

case='test: the tests are built and their packages looked for'
new_machine
run "$tree" test -L quick
status_is 0
called 'cmake -S .* -DTCPSIM_TESTS=ON'
grep -q '^ctest .* -L quick$' "$world/out" || wrong 'ctest was not called'

case='packages: only what is missing is installed, without questions'
new_machine
missing libfmt-dev
run "$tree" run scenarios/story.yaml
called '^apt-get -y .* install --no-install-recommends libfmt-dev$'
status_is 1

case='packages: what only tests need is not asked for by run'
new_machine
missing doctest-dev
run "$tree" run scenarios/story.yaml
not_called apt-get
run "$tree" test
called 'install .* doctest-dev'

case='packages: neither root nor sudo'
new_machine
missing cmake
stand_in id <<'END'
echo 1000
END
run "$tree" run scenarios/story.yaml
status_is 4
err_has 'neither root nor sudo'
err_has 'cmake'
not_called 'apt-get'

case='packages: through sudo'
stand_in sudo <<END
echo "sudo \$*" >>"$world/calls"
shift
exec "\$@"
END
run "$tree" run scenarios/story.yaml
called '^sudo -n env .* apt-get .* install'
status_is 1

case='packages: no network'
new_machine
missing cmake
apt_says "Temporary failure resolving 'deb.debian.org'"
run "$tree" run scenarios/story.yaml
status_is 4
err_has 'is there a network'

case='packages: an unknown package'
new_machine
missing cmake
apt_says 'E: Unable to locate package cmake'
run "$tree" run scenarios/story.yaml
status_is 4
err_has 'no such package'

case='packages: a full disk'
new_machine
missing cmake
apt_says "E: You don't have enough free space in /var/cache/apt/archives/."
run "$tree" run scenarios/story.yaml
status_is 4
err_has 'disk is full'

case='not Debian'
new_machine
rm "$world/bin/dpkg-query"
run "$tree" run scenarios/story.yaml
status_is 4
err_has 'not a Debian system'

case='an old compiler'
new_machine
stand_in g++ <<'END'
echo 10.2.1
END
run "$tree" run scenarios/story.yaml
status_is 4
err_has 'g++ 10.2.1 is too old'

case='no room to build'
new_machine
stand_in df <<'END'
printf 'Filesystem 1024-blocks Used Available\nx 9 9 10240\n'
END
run "$tree" run scenarios/story.yaml
status_is 4
err_has '10 MB free'

case='a build that fails shows why'
new_machine
stand_in cmake <<'END'
echo 'x.cpp:1: error: no such thing'
exit 1
END
run "$tree" run scenarios/story.yaml
status_is 4
out_is ''
err_has 'error: no such thing'

case='install: a relative prefix is relative to where one stands'
new_machine
run "$world" install --prefix opt
status_is 0
called "cmake --install .* --prefix $world/opt\$"
err_has 'is not on your PATH'

case='a wrong command line'
for arguments in 'walk' 'run' 'install --prefix' 'install --root x' 'test --preset msvc' '--print-deps cake' ''; do
    # shellcheck disable=SC2086  # a list of words
    run "$tree" $arguments
    status_is 2
    out_is ''
done

case='--print-deps'
run "$tree" --print-deps run
grep -qx 'libboost-graph-dev' "$world/out" || wrong 'no libboost-graph-dev'
! grep -qx 'doctest-dev' "$world/out" || wrong 'doctest-dev is not needed to run'
run "$tree" --print-deps
grep -qx 'doctest-dev' "$world/out" || wrong 'no doctest-dev'

[ "$failures" -eq 0 ] && echo 'all cases hold'
[ "$failures" -eq 0 ]
