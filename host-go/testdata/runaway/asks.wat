;; A kernel that asks its host for a number, and asks again or runs away, as the number says: 0 for ever asks again, 1
;; never ends, any other is the answer. Rebuild as said in ../things/things.wat.
(component
  (import "test:runaway/host@1.0.0" (instance $host (export "ask" (func (result u32)))))
  (core func $ask (canon lower (func $host "ask")))
  (core module $m
    (import "env" "ask" (func $ask (result i32)))
    (func (export "ask") (result i32)
      (local $n i32)
      (loop $again
        (local.set $n (call $ask))
        (br_if $again (i32.eqz (local.get $n))))
      (loop $spin (br_if $spin (i32.eq (local.get $n) (i32.const 1))))
      (local.get $n)))
  (core instance $m (instantiate $m (with "env" (instance (export "ask" (func $ask))))))
  (func $ask-up (result u32) (canon lift (core func $m "ask")))
  (instance $calls (export "ask" (func $ask-up)))
  (export "test:runaway/asks@1.0.0" (instance $calls)))
