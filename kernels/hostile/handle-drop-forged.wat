;; Drops a handle that it was never given.
(component
  (type $r (resource (rep i32)))
  (core func $r-drop (canon resource.drop $r))
  (core module $m
    (import "r" "drop" (func $r-drop (param i32)))
    (func (export "attack") (call $r-drop (i32.const 0x7fffffff))))
  (core instance $i (instantiate $m
    (with "r" (instance (export "drop" (func $r-drop))))))
  (func (export "attack") (canon lift (core func $i "attack"))))
