;; Doubles its memory until it gets no more, and traps.
(component
  (core module $m
    (memory (export "memory") 1)
    (func $boom (export "attack")
      (loop $more (br_if $more (i32.ne (memory.grow (memory.size)) (i32.const -1))))
      unreachable))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
