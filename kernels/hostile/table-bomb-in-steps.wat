;; Grows a table by 4,096 entries at a time until it gets no more, and traps.
(component
  (core module $m
    (table 1 funcref)
    (func (export "attack")
      (loop $more (br_if $more (i32.ne (table.grow (ref.null func) (i32.const 4096)) (i32.const -1))))
      unreachable))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
