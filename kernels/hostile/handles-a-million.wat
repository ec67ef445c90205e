;; Makes 2^20 resources and one more, and drops none.
(component
  (type $r (resource (rep i32)))
  (core func $r-new (canon resource.new $r))
  (core module $m
    (import "r" "new" (func $r-new (param i32) (result i32)))
    (func (export "attack") (local $left i32)
      (local.set $left (i32.const 0x100001))
      (loop $more
        (drop (call $r-new (local.get $left)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $more (local.get $left)))))
  (core instance $i (instantiate $m
    (with "r" (instance (export "new" (func $r-new))))))
  (func (export "attack") (canon lift (core func $i "attack"))))
