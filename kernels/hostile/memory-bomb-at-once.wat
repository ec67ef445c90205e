;; Asks for 4 GiB at once, and traps when it does not get them.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "attack")
      (if (i32.eq (memory.grow (i32.const 65535)) (i32.const -1)) (then unreachable))))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
