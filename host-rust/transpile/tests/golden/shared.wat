;; Interfaces that refer to types of others without an alias, and an import of the package that is documented.
(component
  (import "acme:a/types@1.0.0" (instance $types
    (type $tone' (enum "low" "high"))
    (export "tone" (type $tone (eq $tone')))
    (type $unused (list u8))
    (export "bytes" (type (eq $unused)))))
  (alias export $types "tone" (type $tone))
  (import "acme:a/play@1.0.0" (instance
    (alias outer 1 $tone (type $tone))
    (export "beep" (func (param "tone" $tone)))))
  (import "acme:b/mix" (instance
    (alias outer 1 $tone (type $tone))
    (export "mix" (func (param "tones" (list $tone)) (result (option $tone))))))
  (core module $m (func (export "high") (result i32) i32.const 1))
  (core instance $i (instantiate $m))
  (func $high (result $tone) (canon lift (core func $i "high")))
  (instance $api (export "high" (func $high)))
  (export "acme:a/pick@1.0.0" (instance $api))
  (@custom "package-docs" "\01{\"interfaces\":{\"play\":{\"docs\":\"Makes sounds.\",\"funcs\":{\"beep\":{\"docs\":\"Beeps once.\"}}}}}"))
