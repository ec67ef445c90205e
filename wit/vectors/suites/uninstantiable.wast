;; Components that are valid, link, and trap on their start.

(assert_trap
  (component
    (core module $m (func $start unreachable) (start $start))
    (core instance (instantiate $m))
  )
  "unreachable")

;; Only the second module's start function traps, because of what the first one's did.
(assert_trap
  (component
    (core module $a
      (global (export "g") (mut i32) (i32.const 0))
      (func $start (global.set 0 (i32.const 7)))
      (start $start)
    )
    (core instance $a (instantiate $a))
    (core module $b
      (import "" "g" (global $g (mut i32)))
      (func $start (drop (i32.div_u (i32.const 1) (i32.sub (global.get $g) (i32.const 7)))))
      (start $start)
    )
    (core instance (instantiate $b (with "" (instance $a))))
  )
  "integer divide by zero")

;; Data that does not fit.
(assert_trap
  (component
    (core module $m (memory 1) (data (i32.const 65535) "ab"))
    (core instance (instantiate $m))
  )
  "out of bounds memory access")

;; Elements that do not fit: alone, before some that do, before a start function, by an imported global, empty.
(assert_trap
  (component
    (core module $m (table 1 funcref) (func $f) (elem (i32.const 1) func $f))
    (core instance (instantiate $m))
  )
  "out of bounds table access")
(assert_trap
  (component
    (core module $m
      (table 1 funcref)
      (func $f)
      (elem (i32.const 1) func $f)
      (elem (i32.const 0) func $f)
    )
    (core instance (instantiate $m))
  )
  "out of bounds table access")
(assert_trap
  (component
    (core module $m (table 1 funcref) (func $f unreachable) (elem (i32.const -1) func $f) (start $f))
    (core instance (instantiate $m))
  )
  "out of bounds table access")
(assert_trap
  (component
    (core module $a
      (table (export "t") 2 funcref)
      (global (export "g") i32 (i32.const 2))
    )
    (core instance $a (instantiate $a))
    (core module $b
      (import "" "t" (table 1 funcref))
      (import "" "g" (global $g i32))
      (func $f)
      (elem (global.get $g) func $f)
    )
    (core instance (instantiate $b (with "" (instance $a))))
  )
  "out of bounds table access")
(assert_trap
  (component
    (core module $m (table 1 funcref) (elem (i32.const 2) func))
    (core instance (instantiate $m))
  )
  "out of bounds table access")

;; Elements that fit only into the table that the module is given, and an empty segment at the end; the start function
;; finds them there.
(component
  (core module $a
    (table (export "t") 4 funcref)
    (global (export "g") i32 (i32.const 3))
  )
  (core instance $a (instantiate $a))
  (core module $b
    (import "" "t" (table 1 funcref))
    (import "" "g" (global $g i32))
    (type $seven (func (result i32)))
    (global $got (mut i32) (i32.const 0))
    (func $f (result i32) (i32.const 7))
    (func $start (global.set $got (call_indirect (type $seven) (i32.const 3))))
    (elem (global.get $g) func $f)
    (elem (i32.const 4) func)
    (start $start)
    (func (export "f") (result i32) (global.get $got))
  )
  (core instance $b (instantiate $b (with "" (instance $a))))
  (func (export "f") (result u32) (canon lift (core func $b "f")))
)
(assert_return (invoke "f") (u32.const 7))

;; In a component within, and in a call to its neighbour.
(assert_trap
  (component
    (component $inner
      (core module $m (func $start unreachable) (start $start))
      (core instance (instantiate $m))
    )
    (instance (instantiate $inner))
  )
  "unreachable")
(assert_trap
  (component
    (component $inner
      (core module $m (func (export "f") unreachable))
      (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f")))
    )
    (instance $inner (instantiate $inner))
    (component $caller
      (import "f" (func $f))
      (core func $f (canon lower (func $f)))
      (core module $m (import "" "f" (func $f)) (start $f))
      (core instance (instantiate $m (with "" (instance (export "f" (func $f))))))
    )
    (instance (instantiate $caller (with "f" (func $inner "f"))))
  )
  "unreachable")

;; In a host function.
(assert_trap
  (component
    (import "host" (instance $host
      (export "resource1" (type $r (sub resource)))
      (export "[constructor]resource1" (func (param "r" u32) (result (own $r))))
      (export "[static]resource1.assert" (func (param "r" (own $r)) (param "rep" u32)))
    ))
    (core func $make (canon lower (func $host "[constructor]resource1")))
    (core func $assert (canon lower (func $host "[static]resource1.assert")))
    (core module $m
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "assert" (func $assert (param i32 i32)))
      (func $start (call $assert (call $make (i32.const 1)) (i32.const 2)))
      (start $start)
    )
    (core instance (instantiate $m (with "" (instance
      (export "make" (func $make))
      (export "assert" (func $assert))
    ))))
  )
  "assertion")

;; In the use of a handle that is not there, and of a borrow beyond its call.
(assert_trap
  (component
    (type $r (resource (rep i32)))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "drop" (func $drop (param i32)))
      (func $start (call $drop (i32.const 3)))
      (start $start)
    )
    (core instance (instantiate $m (with "" (instance (export "drop" (func $drop))))))
  )
  "unknown handle index")

;; After all of them, the host serves on.
(component
  (core module $m
    (global $g (mut i32) (i32.const 1))
    (func $start (global.set $g (i32.const 42)))
    (start $start)
    (func (export "f") (result i32) (global.get $g))
  )
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f")))
)
(assert_return (invoke "f") (u32.const 42))
