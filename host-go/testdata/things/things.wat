;; A component with a resource of its own and one of the host, by hand. Every function is small enough to be read off:
;; `exports` below says what it does. Rebuild things.wasm with `wasm-tools parse things.wat -o things.wasm`, or any other
;; assembler of this format, such as the crate `wat`.
(component
  (import "test:wat/env@1.2.0" (instance $env
    (export "sink" (type $sink (sub resource)))
    (export "[constructor]sink" (func (param "n" u32) (result (own $sink))))
    (export "[method]sink.write" (func (param "self" (borrow $sink)) (param "text" string) (result u32)))
    (export "name" (func (result string)))
    (export "note" (func (param "n" u32)))))
  (alias export $env "sink" (type $sink))

  ;; Memory, and an allocator that never frees.
  (core module $libc
    (memory (export "memory") 1)
    (global $at (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (local.set $p (i32.and
        (i32.add (global.get $at) (i32.sub (local.get 2) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get 2))))
      (global.set $at (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (core instance $libc (instantiate $libc))
  (core func $sink-new (canon lower (func $env "[constructor]sink")))
  (core func $sink-write (canon lower (func $env "[method]sink.write") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $name (canon lower (func $env "name") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $note (canon lower (func $env "note")))
  (core func $sink-drop (canon resource.drop $sink))

  ;; A thing is its number. The destructor notes 1000 + n, and traps for 666.
  (core module $d
    (import "env" "note" (func $note (param i32)))
    (func (export "dtor") (param i32)
      (if (i32.eq (local.get 0) (i32.const 666)) (then unreachable))
      (call $note (i32.add (local.get 0) (i32.const 1000)))))
  (core instance $d (instantiate $d (with "env" (instance (export "note" (func $note))))))
  (type $thing (resource (rep i32) (dtor (core func $d "dtor"))))
  (core func $thing-new (canon resource.new $thing))
  (core func $thing-rep (canon resource.rep $thing))
  (core func $thing-drop (canon resource.drop $thing))

  (core module $m
    (import "env" "sink-new" (func $sink-new (param i32) (result i32)))
    (import "env" "sink-write" (func $sink-write (param i32 i32 i32) (result i32)))
    (import "env" "sink-drop" (func $sink-drop (param i32)))
    (import "env" "name" (func $name (param i32)))
    (import "env" "note" (func $note (param i32)))
    (import "env" "thing-new" (func $thing-new (param i32) (result i32)))
    (import "env" "thing-rep" (func $thing-rep (param i32) (result i32)))
    (import "env" "thing-drop" (func $thing-drop (param i32)))
    (import "libc" "memory" (memory 1))
    (data (i32.const 16) "hello")
    (func (export "new") (param i32) (result i32) (call $thing-new (local.get 0)))
    (func (export "get") (param i32) (result i32) (call $note (local.get 0)) (local.get 0))
    (func (export "join") (param i32 i32) (result i32)
      (local $sum i32)
      (local.set $sum (i32.add (call $thing-rep (local.get 0)) (local.get 1)))
      (call $thing-drop (local.get 0))
      (local.get $sum))
    (func (export "fail") (param i32) unreachable)
    (func (export "forge") (result i32) (i32.const 77))
    (func (export "names") (result i32) (call $name (i32.const 64)) (i32.const 64))
    (func (export "sinks") (param i32) (result i32)
      (local $s i32) (local $sum i32)
      (local.set $s (call $sink-new (local.get 0)))
      (local.set $sum (i32.add
        (call $sink-write (local.get $s) (i32.const 16) (i32.const 5))
        (call $sink-write (local.get $s) (i32.const 16) (i32.const 3))))
      (if (i32.eqz (local.get 0)) (then (call $sink-drop (local.get $s))))
      (local.get $sum))
    (func (export "lend") (param i32) (result i32)
      (local $n i32)
      (local.set $n (call $sink-write (local.get 0) (i32.const 16) (i32.const 4)))
      (call $sink-drop (local.get 0))
      (local.get $n))
    (func (export "keep") (param i32))
    (func (export "pass") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $m
    (with "libc" (instance $libc))
    (with "env" (instance
      (export "sink-new" (func $sink-new))
      (export "sink-write" (func $sink-write))
      (export "sink-drop" (func $sink-drop))
      (export "name" (func $name))
      (export "note" (func $note))
      (export "thing-new" (func $thing-new))
      (export "thing-rep" (func $thing-rep))
      (export "thing-drop" (func $thing-drop))))))

  (func $new (param "n" u32) (result (own $thing)) (canon lift (core func $m "new")))
  (func $get (param "self" (borrow $thing)) (result u32) (canon lift (core func $m "get")))
  (func $join (param "a" (own $thing)) (param "b" (borrow $thing)) (result u32) (canon lift (core func $m "join")))
  (func $fail (param "self" (borrow $thing)) (canon lift (core func $m "fail")))
  (func $forge (result (own $thing)) (canon lift (core func $m "forge")))
  (func $names (result string) (canon lift (core func $m "names") (memory (core memory $libc "memory"))))
  (func $sinks (param "n" u32) (result u32) (canon lift (core func $m "sinks")))
  (func $lend (param "s" (borrow $sink)) (result u32) (canon lift (core func $m "lend")))
  (func $keep (param "s" (borrow $sink)) (canon lift (core func $m "keep")))
  (func $pass (param "s" (own $sink)) (result (own $sink)) (canon lift (core func $m "pass")))

  ;; Exports: new, get, join, fail and forge deal in things: get notes the number that it answers, join drops its first
  ;; and answers the sum, fail traps, forge answers with a handle that does not exist. names answers what the host is
  ;; called. sinks makes a sink, writes hello and hel to it, drops it if n is 0 and keeps it otherwise. lend writes hell
  ;; to a sink and gives it back, keep does not give it back, pass returns its own.
  (instance $exports
    (export "thing" (type $thing))
    (export "[constructor]thing" (func $new))
    (export "[method]thing.get" (func $get))
    (export "[static]thing.join" (func $join))
    (export "[method]thing.fail" (func $fail))
    (export "[static]thing.forge" (func $forge))
    (export "names" (func $names))
    (export "sinks" (func $sinks))
    (export "lend" (func $lend))
    (export "keep" (func $keep))
    (export "pass" (func $pass)))
  (export "test:wat/things@1.0.0" (instance $exports)))
