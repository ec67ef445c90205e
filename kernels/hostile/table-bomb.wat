;; Grows a table by 2^32-2 entries, and traps when it does not get them.
(component
  (core module $m
    (table 1 funcref)
    (func (export "attack")
      (if (i32.eq (table.grow (ref.null func) (i32.const -2)) (i32.const -1)) (then unreachable))))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
