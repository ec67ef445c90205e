;; Gives the handle 0, which is never one.
(component
  (type $r (resource (rep i32)))
  (core module $m
    (func (export "attack") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (export $r' "r" (type $r))
  (func (export "attack") (result (own $r')) (canon lift (core func $i "attack"))))
