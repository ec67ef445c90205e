;; Gives a handle that it has dropped.
(component
  (type $r (resource (rep i32)))
  (core func $r-new (canon resource.new $r))
  (core func $r-drop (canon resource.drop $r))
  (core module $m
    (import "r" "new" (func $r-new (param i32) (result i32)))
    (import "r" "drop" (func $r-drop (param i32)))
    (func (export "attack") (result i32) (local $h i32)
      (local.set $h (call $r-new (i32.const 1)))
      (call $r-drop (local.get $h))
      (local.get $h)))
  (core instance $i (instantiate $m
    (with "r" (instance (export "new" (func $r-new)) (export "drop" (func $r-drop))))))
  (export $r' "r" (type $r))
  (func (export "attack") (result (own $r')) (canon lift (core func $i "attack"))))
