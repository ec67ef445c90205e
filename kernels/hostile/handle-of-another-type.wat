;; Gives a handle of another resource type.
(component
  (type $r (resource (rep i32)))
  (type $s (resource (rep i32)))
  (core func $s-new (canon resource.new $s))
  (core module $m
    (import "s" "new" (func $s-new (param i32) (result i32)))
    (func (export "attack") (result i32) (call $s-new (i32.const 1))))
  (core instance $i (instantiate $m
    (with "s" (instance (export "new" (func $s-new))))))
  (export $r' "r" (type $r))
  (func (export "attack") (result (own $r')) (canon lift (core func $i "attack"))))
