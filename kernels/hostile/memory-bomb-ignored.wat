;; Grows its memory by 4 MiB at a time until it gets no more, and writes where it would be.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "attack") (local $at i32)
      (loop $more
        (local.set $at (i32.shl (memory.size) (i32.const 16)))
        (drop (memory.grow (i32.const 64)))
        (i32.store (local.get $at) (i32.const 1))
        (br $more))))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
