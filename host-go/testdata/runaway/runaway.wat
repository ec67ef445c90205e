;; A kernel that runs away in every way that a slot's bounds end: `calls` below says what each function does. Every
;; instance is one small core module, so what fails is easy to find. Rebuild as said in ../things/things.wat.
(component
  ;; The destructor of thing 1 never ends.
  (core module $d
    (func (export "dtor") (param i32)
      (loop $again (br_if $again (i32.eq (local.get 0) (i32.const 1))))))
  (core instance $d (instantiate $d))
  (type $thing (resource (rep i32) (dtor (core func $d "dtor"))))
  (core func $thing-new (canon resource.new $thing))

  (core module $m
    (import "env" "thing-new" (func $thing-new (param i32) (result i32)))
    (memory (export "memory") 1)

    ;; spin: for ever.
    (func $spin (export "spin") (loop $again (br $again)))
    ;; work: a number that takes n steps.
    (func (export "work") (param $n i32) (result i32)
      (local $x i32)
      (local.set $x (i32.const 1))
      (loop $again
        (if (local.get $n) (then
          (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $again))))
      (local.get $x))
    ;; dive: calls itself for ever.
    (func $dive (export "dive") (param $n i32) (result i32)
      (i32.add (call $dive (i32.add (local.get $n) (i32.const 1))) (i32.const 1)))
    ;; grow: by that many pages; the pages before, or -1.
    (func $grow (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    ;; need: grows, and aborts when it is refused.
    (func (export "need") (param i32)
      (if (i32.eq (call $grow (local.get 0)) (i32.const -1)) (then unreachable)))
    ;; fail: aborts.
    (func (export "fail") unreachable)
    ;; make: a thing of that number.
    (func (export "make") (param i32) (result i32) (call $thing-new (local.get 0)))

    ;; The allocator never ends for 13 bytes, and gives the same place for any other number.
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (if (i32.eq (local.get 3) (i32.const 13)) (then (call $spin)))
      (i32.const 1024))
    ;; take: the length of a text.
    (func (export "take") (param i32 i32) (result i32) (local.get 1))
    ;; tell: an empty text, which is never freed for 1.
    (func (export "tell") (param i32) (result i32)
      (i32.store (i32.const 8) (i32.const 0))
      (i32.store (i32.const 12) (i32.const 0))
      (i32.store (i32.const 16) (local.get 0))
      (i32.const 8))
    (func (export "post-tell") (param i32)
      (if (i32.eq (i32.load (i32.const 16)) (i32.const 1)) (then (call $spin)))))
  (core instance $m (instantiate $m (with "env" (instance (export "thing-new" (func $thing-new))))))

  (func $spin (canon lift (core func $m "spin")))
  (func $work (param "n" u32) (result u32) (canon lift (core func $m "work")))
  (func $dive (param "n" u32) (result u32) (canon lift (core func $m "dive")))
  (func $grow (param "pages" u32) (result u32) (canon lift (core func $m "grow")))
  (func $need (param "pages" u32) (canon lift (core func $m "need")))
  (func $fail (canon lift (core func $m "fail")))
  (func $take (param "text" string) (result u32)
    (canon lift (core func $m "take") (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))
  (func $tell (param "n" u32) (result string)
    (canon lift (core func $m "tell") (memory (core memory $m "memory")) (post-return (core func $m "post-tell"))))
  (func $make (param "n" u32) (result (own $thing)) (canon lift (core func $m "make")))

  (component $named
    (import "type-thing" (type $t (sub resource)))
    (import "spin" (func $spin))
    (import "work" (func $work (param "n" u32) (result u32)))
    (import "dive" (func $dive (param "n" u32) (result u32)))
    (import "grow" (func $grow (param "pages" u32) (result u32)))
    (import "need" (func $need (param "pages" u32)))
    (import "fail" (func $fail))
    (import "take" (func $take (param "text" string) (result u32)))
    (import "tell" (func $tell (param "n" u32) (result string)))
    (import "make" (func $make (param "n" u32) (result (own $t))))
    (export $thing "thing" (type $t))
    (export "spin" (func $spin))
    (export "work" (func $work))
    (export "dive" (func $dive))
    (export "grow" (func $grow))
    (export "need" (func $need))
    (export "fail" (func $fail))
    (export "take" (func $take))
    (export "tell" (func $tell))
    (export "make" (func $make) (func (param "n" u32) (result (own $thing)))))
  (instance $calls (instantiate $named
    (with "type-thing" (type $thing))
    (with "spin" (func $spin))
    (with "work" (func $work))
    (with "dive" (func $dive))
    (with "grow" (func $grow))
    (with "need" (func $need))
    (with "fail" (func $fail))
    (with "take" (func $take))
    (with "tell" (func $tell))
    (with "make" (func $make))))
  (export "test:runaway/calls@1.0.0" (instance $calls)))
