;; A kernel that asks its host. `ask` asks for a number, and asks again or runs away, as the number says: 0 for ever asks
;; again, 1 never ends, any other is the answer. `name` asks for a text, for which the allocator never ends. Rebuild as
;; said in ../things/things.wat.
(component
  (import "test:runaway/host@1.0.0" (instance $host
    (export "ask" (func (result u32)))
    (export "name" (func (result string)))))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (loop $again (br $again)) unreachable))
  (core instance $libc (instantiate $libc))
  (core func $ask (canon lower (func $host "ask")))
  (core func $name (canon lower (func $host "name")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $m
    (import "env" "ask" (func $ask (result i32)))
    (import "env" "name" (func $name (param i32)))
    (func (export "ask") (result i32)
      (local $n i32)
      (loop $again
        (local.set $n (call $ask))
        (br_if $again (i32.eqz (local.get $n))))
      (loop $spin (br_if $spin (i32.eq (local.get $n) (i32.const 1))))
      (local.get $n))
    (func (export "name") (call $name (i32.const 16))))
  (core instance $m (instantiate $m (with "env" (instance
    (export "ask" (func $ask))
    (export "name" (func $name))))))
  (func $ask-up (result u32) (canon lift (core func $m "ask")))
  (func $name-up (canon lift (core func $m "name")))
  (instance $calls (export "ask" (func $ask-up)) (export "name" (func $name-up)))
  (export "test:runaway/asks@1.0.0" (instance $calls)))
