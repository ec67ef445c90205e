;; Instances and components: several of one definition, as arguments, as exports; the order of starts.

(component definition $Cell
  (core module $m
    (global $g (mut i32) (i32.const 10))
    (func (export "bump") (result i32)
      (global.set $g (i32.add (global.get $g) (i32.const 1)))
      (global.get $g))
  )
  (core instance $i (instantiate $m))
  (func (export "bump") (result u32) (canon lift (core func $i "bump")))
)
(component instance $a $Cell)
(component instance $b $Cell)
(assert_return (invoke $a "bump") (u32.const 11))
(assert_return (invoke $a "bump") (u32.const 12))
(assert_return (invoke $b "bump") (u32.const 11))
(component instance $a $Cell)
(assert_return (invoke "bump") (u32.const 11))
(assert_return (invoke $a "bump") (u32.const 12))
(assert_return (invoke $b "bump") (u32.const 12))

;; Each instantiation within a component has a state of its own; one that is shared has one.
(component
  (component $Cell
    (core module $m
      (global $g (mut i32) (i32.const 0))
      (func (export "bump") (result i32)
        (global.set $g (i32.add (global.get $g) (i32.const 1)))
        (global.get $g))
    )
    (core instance $i (instantiate $m))
    (func (export "bump") (result u32) (canon lift (core func $i "bump")))
  )
  (instance $a (instantiate $Cell))
  (instance $b (instantiate $Cell))
  (component $User
    (import "x" (instance $x (export "bump" (func (result u32)))))
    (import "y" (instance $y (export "bump" (func (result u32)))))
    (core func $x (canon lower (func $x "bump")))
    (core func $y (canon lower (func $y "bump")))
    (core module $m
      (import "" "x" (func $x (result i32)))
      (import "" "y" (func $y (result i32)))
      (func (export "both") (result i32)
        (i32.add (i32.mul (call $x) (i32.const 10)) (call $y)))
    )
    (core instance $i (instantiate $m (with "" (instance
      (export "x" (func $x))
      (export "y" (func $y))
    ))))
    (func (export "both") (result u32) (canon lift (core func $i "both")))
  )
  (instance $apart (instantiate $User (with "x" (instance $a)) (with "y" (instance $b))))
  (instance $shared (instantiate $User (with "x" (instance $a)) (with "y" (instance $a))))
  (export "apart" (func $apart "both"))
  (export "shared" (func $shared "both"))
)
(assert_return (invoke "apart") (u32.const 11))
(assert_return (invoke "apart") (u32.const 22))
(assert_return (invoke "shared") (u32.const 34))
(assert_return (invoke "apart") (u32.const 53))

;; A component as an argument: who gets it makes instances of it.
(component
  (component $Two
    (core module $m (func (export "n") (result i32) (i32.const 2)))
    (core instance $i (instantiate $m))
    (func (export "n") (result u32) (canon lift (core func $i "n")))
  )
  (component $Five
    (core module $m (func (export "n") (result i32) (i32.const 5)))
    (core instance $i (instantiate $m))
    (func (export "n") (result u32) (canon lift (core func $i "n")))
  )
  (component $Square
    (import "number" (component $Number (export "n" (func (result u32)))))
    (instance $a (instantiate $Number))
    (instance $b (instantiate $Number))
    (component $Times
      (import "a" (func $a (result u32)))
      (import "b" (func $b (result u32)))
      (core func $a (canon lower (func $a)))
      (core func $b (canon lower (func $b)))
      (core module $m
        (import "" "a" (func $a (result i32)))
        (import "" "b" (func $b (result i32)))
        (func (export "n") (result i32) (i32.mul (call $a) (call $b)))
      )
      (core instance $i (instantiate $m (with "" (instance
        (export "a" (func $a))
        (export "b" (func $b))
      ))))
      (func (export "n") (result u32) (canon lift (core func $i "n")))
    )
    (instance $times (instantiate $Times (with "a" (func $a "n")) (with "b" (func $b "n"))))
    (export "n" (func $times "n"))
  )
  (instance $four (instantiate $Square (with "number" (component $Two))))
  (instance $twenty-five (instantiate $Square (with "number" (component $Five))))
  (export "four" (func $four "n"))
  (export "twenty-five" (func $twenty-five "n"))
  (export "numbers" (instance $four))
)
(assert_return (invoke "four") (u32.const 4))
(assert_return (invoke "twenty-five") (u32.const 25))
(assert_return (invoke "numbers#n") (u32.const 4))

;; A core module as an argument, with one of its imports met by each who makes an instance of it.
(component
  (core module $Adder
    (import "base" "value" (global $v i32))
    (func (export "add") (param i32) (result i32) (i32.add (global.get $v) (local.get 0)))
  )
  (component $Hundred
    (import "adder" (core module $Adder
      (import "base" "value" (global i32))
      (export "add" (func (param i32) (result i32)))
    ))
    (core module $base (global (export "value") i32 (i32.const 100)))
    (core instance $base (instantiate $base))
    (core instance $i (instantiate $Adder (with "base" (instance $base))))
    (func (export "add") (param "n" u32) (result u32) (canon lift (core func $i "add")))
  )
  (instance $hundred (instantiate $Hundred (with "adder" (core module $Adder))))
  (export "add" (func $hundred "add"))
)
(assert_return (invoke "add" (u32.const 23)) (u32.const 123))

;; Starts run in the order of the file, and see what those before have done.
(component
  (core module $log
    (global $log (mut i32) (i32.const 0))
    (func (export "note") (param i32)
      (global.set $log (i32.add (i32.mul (global.get $log) (i32.const 10)) (local.get 0))))
    (func (export "log") (result i32) (global.get $log))
  )
  (component $Log
    (core module $log
      (global $log (mut i32) (i32.const 0))
      (func (export "note") (param i32)
        (global.set $log (i32.add (i32.mul (global.get $log) (i32.const 10)) (local.get 0))))
      (func (export "log") (result i32) (global.get $log))
    )
    (core instance $i (instantiate $log))
    (func (export "note") (param "n" u32) (canon lift (core func $i "note")))
    (func (export "log") (result u32) (canon lift (core func $i "log")))
  )
  (instance $log (instantiate $Log))
  (component $First
    (import "note" (func $note (param "n" u32)))
    (core func $note (canon lower (func $note)))
    (core module $m
      (import "" "note" (func $note (param i32)))
      (func $start (call $note (i32.const 1)))
      (start $start)
    )
    (core instance (instantiate $m (with "" (instance (export "note" (func $note))))))
  )
  (component $Second
    (import "note" (func $note (param "n" u32)))
    (core func $note (canon lower (func $note)))
    (core module $m
      (import "" "note" (func $note (param i32)))
      (func $start (call $note (i32.const 2)))
      (start $start)
    )
    (core instance (instantiate $m (with "" (instance (export "note" (func $note))))))
    (core instance (instantiate $m (with "" (instance (export "note" (func $note))))))
  )
  (instance (instantiate $Second (with "note" (func $log "note"))))
  (instance (instantiate $First (with "note" (func $log "note"))))
  (export "log" (func $log "log"))
)
(assert_return (invoke "log") (u32.const 221))

;; Neither a parent nor a child may be called from within the other.
(component
  (component $Child
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func (export "f") (canon lift (core func $i "f")))
  )
  (instance $child (instantiate $Child))
  (core func $f (canon lower (func $child "f")))
  (core module $m
    (import "" "f" (func $f))
    (func (export "f") (call $f))
  )
  (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
  (func (export "f") (canon lift (core func $i "f")))
)
(assert_trap (invoke "f") "cannot enter component instance")

;; An export that is an import of the host's instance, and one that is empty.
(component
  (import "host" (instance $host))
  (export "again" (instance $host))
  (instance $none)
  (export "none" (instance $none))
)
