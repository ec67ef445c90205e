;; Core modules that one component exports and another imports: by subtyping, with arguments, through a third.

(component $simple
  (core module (export "m")
    (func (export "f") (result i32) (i32.const 5))
    (table (export "t") 2 10 funcref)
    (memory (export "mem") 2 4)
    (global (export "g") i32 (i32.const 6))
    (global (export "v") (mut i64) (i64.const 7))
  )
  (core module (export "needs")
    (import "env" "f" (func (param i32)))
    (import "env" "t" (table 2 funcref))
    (import "env" "mem" (memory 2))
    (import "env" "g" (global i32))
  )
)

;; Nothing has to be wanted of it, and less may be, and more be given.
(component (import "simple" (instance (export "m" (core module)))))
(component (import "simple" (instance (export "m" (core module
  (import "not" "needed" (func))
  (export "t" (table 1 funcref))
  (export "mem" (memory 1))
)))))
(component (import "simple" (instance (export "needs" (core module
  (import "env" "f" (func (param i32)))
  (import "env" "t" (table 3 funcref))
  (import "env" "mem" (memory 3))
  (import "env" "g" (global i32))
  (import "env" "more" (func))
)))))

;; Of another kind, another type, or too small; an import that is not met.
(assert_unlinkable
  (component (import "simple" (instance (export "m" (core module (export "h" (func)))))))
  "module export `h` not defined")
(assert_unlinkable
  (component (import "simple" (instance (export "m" (core module (export "f" (global i32)))))))
  "expected global found func")
(assert_unlinkable
  (component (import "simple" (instance (export "m" (core module (export "f" (func)))))))
  "module export `f` has the wrong type")
(assert_unlinkable
  (component (import "simple" (instance (export "m" (core module (export "t" (table 3 funcref)))))))
  "module export `t` has the wrong type")
(assert_unlinkable
  (component (import "simple" (instance (export "m" (core module (export "t" (table 1 9 funcref)))))))
  "module export `t` has the wrong type")
(assert_unlinkable
  (component (import "simple" (instance (export "m" (core module (export "mem" (memory 3)))))))
  "module export `mem` has the wrong type")
(assert_unlinkable
  (component (import "simple" (instance (export "m" (core module (export "g" (global (mut i32))))))))
  "module export `g` has the wrong type")
(assert_unlinkable
  (component (import "simple" (instance (export "m" (core module (export "v" (global i64)))))))
  "module export `v` has the wrong type")
(assert_unlinkable
  (component (import "simple" (instance (export "needs" (core module)))))
  "module import `env::f` not defined")
(assert_unlinkable
  (component (import "simple" (instance (export "needs" (core module
    (import "env" "f" (func))
    (import "env" "t" (table 3 funcref))
    (import "env" "mem" (memory 3))
    (import "env" "g" (global i32))
  )))))
  "module import `env::f` has the wrong type")
(assert_unlinkable
  (component (import "simple" (instance (export "needs" (core module
    (import "env" "f" (func (param i32)))
    (import "env" "t" (table 1 funcref))
    (import "env" "mem" (memory 3))
    (import "env" "g" (global i32))
  )))))
  "module import `env::t` has the wrong type")
(assert_unlinkable (component (import "simple" (core module))) "expected module found instance")
(assert_unlinkable
  (component (import "simple" (instance (export "m" (instance)))))
  "expected instance found module")
(assert_unlinkable
  (component (import "simple" (instance (export "other" (core module)))))
  "module implementation is missing")

;; The host's own.
(assert_unlinkable
  (component (import "host" (instance (export "simple-module" (core module (export "h" (func)))))))
  "module export `h` not defined")
(assert_unlinkable
  (component (import "host" (instance (export "simple-module" (core module (export "f" (func)))))))
  "module export `f` has the wrong type")
(assert_unlinkable
  (component (import "host" (instance (export "simple-module" (core module (export "g" (global i64)))))))
  "module export `g` has the wrong type")

;; Instances of it have a state each, and get what they import in any order of names.
(component $adder
  (core module (export "m")
    (import "b" "y" (func $y (result i32)))
    (import "a" "x" (global $x i32))
    (import "b" "z" (global $z i32))
    (global $count (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.add
        (i32.add (i32.mul (global.get $x) (i32.const 1000)) (i32.mul (call $y) (i32.const 100)))
        (i32.add (i32.mul (global.get $z) (i32.const 10)) (global.get $count))))
  )
)
(component $user
  (import "adder" (instance $adder (export "m" (core module
    (import "a" "x" (global i32))
    (import "b" "z" (global i32))
    (import "b" "y" (func (result i32)))
    (export "next" (func (result i32)))
  ))))
  (core module $given
    (global (export "one") i32 (i32.const 1))
    (global (export "three") i32 (i32.const 3))
    (func (export "two") (result i32) (i32.const 2))
  )
  (core instance $given (instantiate $given))
  (core instance $i (instantiate (module $adder "m")
    (with "a" (instance (export "x" (global $given "one"))))
    (with "b" (instance (export "y" (func $given "two")) (export "z" (global $given "three"))))
  ))
  (core instance $k (instantiate (module $adder "m")
    (with "a" (instance (export "x" (global $given "three"))))
    (with "b" (instance (export "y" (func $given "two")) (export "z" (global $given "one"))))
  ))
  (func (export "i") (result u32) (canon lift (core func $i "next")))
  (func (export "k") (result u32) (canon lift (core func $k "next")))
)
(assert_return (invoke "i") (u32.const 1231))
(assert_return (invoke "i") (u32.const 1232))
(assert_return (invoke "k") (u32.const 3211))
(assert_return (invoke "i") (u32.const 1233))

;; Passed on by a component between, together with one of its own, in an instance.
(component $between
  (import "simple" (instance $simple (export "m" (core module (export "g" (global i32))))))
  (core module $own (global (export "g") i32 (i32.const 40)))
  (instance $both
    (export "theirs" (core module $simple "m"))
    (export "own" (core module $own))
  )
  (export "both" (instance $both))
  (export "again" (core module $simple "m"))
)
(component $end
  (import "between" (instance $between
    (export "both" (instance
      (export "theirs" (core module (export "g" (global i32))))
      (export "own" (core module (export "g" (global i32))))
    ))
    (export "again" (core module (export "g" (global i32))))
  ))
  (alias export $between "both" (instance $both))
  (core instance $theirs (instantiate (module $both "theirs")))
  (core instance $own (instantiate (module $both "own")))
  (core instance $again (instantiate (module $between "again")))
  (core module $m
    (import "theirs" "g" (global $theirs i32))
    (import "own" "g" (global $own i32))
    (import "again" "g" (global $again i32))
    (func (export "sum") (result i32)
      (i32.add (global.get $theirs) (i32.add (global.get $own) (global.get $again))))
  )
  (core instance $i (instantiate $m
    (with "theirs" (instance $theirs))
    (with "own" (instance $own))
    (with "again" (instance $again))
  ))
  (func (export "sum") (result u32) (canon lift (core func $i "sum")))
)
(assert_return (invoke "sum") (u32.const 52))

;; A module that traps on its start does so in the importer.
(component $trapping (core module (export "m") (func $start unreachable) (start $start)))
(assert_trap
  (component
    (import "trapping" (instance $t (export "m" (core module))))
    (core instance (instantiate (module $t "m")))
  )
  "unreachable")
