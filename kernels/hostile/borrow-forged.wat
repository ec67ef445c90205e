;; Lends a handle that it was never given.
;; One component instance defines a resource type, one has such resources, one is called with them.
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
      (func (export "f") (param i32) (call $drop (local.get 0))))
    (core instance $i (instantiate $m (with "r" (instance (export "drop" (func $drop))))))
    (func (export "f") (param "x" (borrow $r)) (canon lift (core func $i "f"))))
  (instance $called (instantiate $called (with "r" (type $r))))
  (component $caller
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (result (own $r))))
    (import "f" (func $f (param "x" (borrow $r))))
    (core func $core-make (canon lower (func $make)))
    (core func $core-f (canon lower (func $f)))
    (core module $m
      (import "i" "make" (func $make (result i32)))
      (import "i" "f" (func $f (param i32)))
      (func (export "attack") (call $f (i32.const 9))))
    (core instance $i (instantiate $m (with "i" (instance (export "make" (func $core-make)) (export "f" (func $core-f))))))
    (func (export "attack") (canon lift (core func $i "attack"))))
  (instance $caller (instantiate $caller (with "r" (type $r)) (with "make" (func $definer "make")) (with "f" (func $called "f"))))
  (export "attack" (func $caller "attack")))
