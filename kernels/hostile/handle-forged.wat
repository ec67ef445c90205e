;; Gives a handle that it was never given.
(component
  (type $r (resource (rep i32)))
  (core func $r-new (canon resource.new $r))
  (core module $m
    (import "r" "new" (func $r-new (param i32) (result i32)))
    (func (export "attack") (result i32)
      (drop (call $r-new (i32.const 1)))
      (i32.const 7)))
  (core instance $i (instantiate $m
    (with "r" (instance (export "new" (func $r-new))))))
  (export $r' "r" (type $r))
  (func (export "attack") (result (own $r')) (canon lift (core func $i "attack"))))
