# Packs what ./headrace gpu-check needs into an archive. Part of ./headrace, whose functions it uses.

# Of Java's modules, those that are used.
java_modules=java.base,java.desktop,java.logging,java.management,java.net.http,java.xml
java_modules+=,jdk.httpserver,jdk.incubator.vector,jdk.jfr,jdk.management,jdk.unsupported,jdk.zipfs

# The Python of machines with devices. Another one runs all but the tests of Python functions.
python_packed=3.12

# Drawings are none of it.
left_out='/(org\.eclipse\.|antlr4-runtime|commons-text|commons-lang3|apfloat|jgrapht-io)'

# Puts jep and the package headrace for that Python into a folder, if this machine can build them.
pack_python() {
    local work=$1 folder=$2 python= candidate name
    for candidate in python$python_packed ~/.pyenv/versions/"$python_packed".*/bin/python; do
        if embeds "$candidate"; then
            python=$candidate
        fi
    done
    if [ -z "$python" ]; then
        say "no Python $python_packed with headers and a shared library was found:" \
            "packed without Python functions"
        return
    fi
    say "compiling jep for Python $python_packed, which takes half a minute"
    "$python" -m venv "$work/venv"
    local venv=$work/venv
    pip_install --requirement <(grep -v '^jep' "$home/requirements.txt") &&
        pip_install --requirement "$home/requirements.txt" &&
        cp -R "$home/operators/src/main/python" "$work/sources" &&
        pip_install --no-deps "$work/sources" || {
        tail -n 20 "$venv/install.log" >&2
        failed "pip has failed"
    }
    for name in "$venv/lib/python$python_packed/site-packages"/{jep,jep-*,headrace,headrace-*,_headrace*}; do
        [ ! -e "$name" ] || cp -R "$name" "$folder" # the extension is optional
    done
}

pack() {
    local archive work top entry
    [[ $1 != -* ]] || wrong "$1 is no name of an archive"
    archive=$(readlink -m "$1")
    [ ! -d "$archive" ] || wrong "$1 is a folder; name a file, as gpu-check.tar.xz"
    mkdir -p "$(dirname "$archive")"
    set_up_python
    set_up_jpeg
    work=$(mktemp -d)
    trap "rm -rf '$work'" EXIT
    top=$work/headrace-gpu-check
    mkdir -p "$top"/{lib,python,benchmarks/src/main,operators/src/test/python,docs}
    say "making a Java of what is used"
    "$JAVA_HOME/bin/jlink" --add-modules "$java_modules" --strip-debug --no-header-files \
        --no-man-pages --compress zip-9 --output "$top/java" 2>/dev/null ||
        failed "jlink has failed: a JDK of Temurin 25 can do it"
    IFS=: read -ra entries <<<"$(<"$home/gpu-check/target/class-path")"
    for entry in "${entries[@]}"; do
        [[ $entry =~ $left_out ]] || cp "$entry" "$top/lib"
    done
    cp "$home"/gpu-check/target/headrace-gpu-check-*[!s].jar "$top/lib"
    cp -R "$home/benchmarks/src/main/python" "$top/benchmarks/src/main"
    cp "$home/docs/devices.md" "$top/docs" # its kernel is run
    cp "$home"/operators/src/test/python/*.py "$top/operators/src/test/python"
    [ -z "${HEADRACE_TURBOJPEG:-}" ] || cp "$HEADRACE_TURBOJPEG" "$top/libturbojpeg.so"
    pack_python "$work" "$top/python"
    sed "s|@VERSION@|$(version), $(commit)|" "$home/gpu-check/gpu-check" >"$top/gpu-check"
    chmod +x "$top/gpu-check"
    say "packing"
    XZ_OPT="-3 -T0" tar --create --xz --file "$archive" --directory "$work" headrace-gpu-check
    say "packed into $1, $(($(stat --format %s "$archive") >> 20)) MiB; on the machine with the device:" \
        "tar xf $(basename "$archive") && headrace-gpu-check/gpu-check"
}
