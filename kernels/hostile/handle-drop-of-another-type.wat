;; Drops a handle of another resource type.
(component
  (type $r (resource (rep i32)))
  (type $s (resource (rep i32)))
  (core func $r-new (canon resource.new $r))
  (core func $s-drop (canon resource.drop $s))
  (core module $m
    (import "r" "new" (func $r-new (param i32) (result i32)))
    (import "s" "drop" (func $s-drop (param i32)))
    (func (export "attack") (call $s-drop (call $r-new (i32.const 1)))))
  (core instance $i (instantiate $m
    (with "r" (instance (export "new" (func $r-new)))) (with "s" (instance (export "drop" (func $s-drop))))))
  (func (export "attack") (canon lift (core func $i "attack"))))
