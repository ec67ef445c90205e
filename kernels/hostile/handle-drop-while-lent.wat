;; Drops a resource while it has lent it: its allocator does, when the answer of the call that borrows comes in.
(component
  (component $definer
    (type $r' (resource (rep i32)))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r'))
    (core module $m
      (import "r" "new" (func $new (param i32) (result i32)))
      (func (export "make") (result i32) (call $new (i32.const 5))))
    (core instance $i (instantiate $m (with "r" (instance (export "new" (func $new))))))
    (func (export "make") (result (own $r)) (canon lift (core func $i "make"))))
  (instance $definer (instantiate $definer))
  (alias export $definer "r" (type $r))
  (component $called
    (import "r" (type $r (sub resource)))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "r" "drop" (func $drop (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 16) "\20\00\00\00\03\00\00\00") (data (i32.const 32) "abc")
      (func (export "f") (param i32) (result i32) (call $drop (local.get 0)) (i32.const 16)))
    (core instance $i (instantiate $m (with "r" (instance (export "drop" (func $drop))))))
    (func (export "f") (param "x" (borrow $r)) (result string) (canon lift (core func $i "f") (memory (core memory $i "memory")))))
  (instance $called (instantiate $called (with "r" (type $r))))
  (component $caller
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (result (own $r))))
    (import "f" (func $f (param "x" (borrow $r)) (result string)))
    (core func $core-make (canon lower (func $make)))
    (core func $drop (canon resource.drop $r))
    (core module $allocator
      (import "r" "drop" (func $drop (param i32)))
      (memory (export "memory") 1)
      (global (export "lent") (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (call $drop (global.get 0))
        (i32.const 64)))
    (core instance $allocator (instantiate $allocator (with "r" (instance (export "drop" (func $drop))))))
    (core func $core-f (canon lower (func $f) (memory (core memory $allocator "memory")) (realloc (core func $allocator "realloc"))))
    (core module $m
      (import "i" "make" (func $make (result i32)))
      (import "i" "f" (func $f (param i32 i32)))
      (import "allocator" "lent" (global $lent (mut i32)))
      (func (export "attack")
        (global.set $lent (call $make))
        (call $f (global.get $lent) (i32.const 8))))
    (core instance $i (instantiate $m
      (with "i" (instance (export "make" (func $core-make)) (export "f" (func $core-f))))
      (with "allocator" (instance $allocator))))
    (func (export "attack") (canon lift (core func $i "attack"))))
  (instance $caller (instantiate $caller (with "r" (type $r)) (with "make" (func $definer "make")) (with "f" (func $called "f"))))
  (export "attack" (func $caller "attack")))
