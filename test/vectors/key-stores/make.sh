#!/bin/sh
# Makes the key stores beside this file again, with keytool (Java 17) and openssl: sh make.sh
set -eu
cd "$(dirname "$0")"
rm -f ./*.jks ./*.p12 ./*.pem
days=36500
keytool -genkeypair -alias ca -keyalg EC -groupname secp256r1 -dname CN=test-ca -ext bc:c -validity $days -keystore ca.p12 -storepass ca-secret
keytool -exportcert -rfc -alias ca -keystore ca.p12 -storepass ca-secret -file ca.pem
# A key with a chain of two, under two passwords.
keytool -genkeypair -alias app -keyalg EC -groupname secp256r1 -dname CN=test-app -validity $days -storetype JKS -keystore key.jks -storepass store-secret -keypass key-secret
keytool -certreq -alias app -keystore key.jks -storepass store-secret -keypass key-secret |
  keytool -gencert -rfc -alias ca -keystore ca.p12 -storepass ca-secret -validity $days -outfile app.pem
cat app.pem ca.pem > chain.pem
keytool -importcert -noprompt -alias app -file chain.pem -keystore key.jks -storepass store-secret -keypass key-secret
convert() { keytool -importkeystore -srckeystore key.jks -srcstorepass store-secret -srckeypass key-secret -srcalias app -deststoretype PKCS12 -deststorepass store-secret -destkeypass store-secret "$@"; }
convert -destkeystore key.p12
convert -destkeystore key-java8.p12 -J-Dkeystore.pkcs12.legacy
keytool -importcert -noprompt -alias ca -file ca.pem -storetype JKS -keystore trust.jks -storepass store-secret
keytool -importcert -noprompt -alias ca -file ca.pem -storetype PKCS12 -keystore trust.p12 -storepass store-secret
keytool -importcert -noprompt -alias ca -file ca.pem -storetype PKCS12 -keystore trust-open.p12 -storepass store-secret -J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE -J-Dkeystore.pkcs12.macAlgorithm=NONE
openssl pkcs12 -in key.p12 -passin pass:store-secret -nocerts -nodes | openssl pkcs8 -topk8 -nocrypt -out key.pem
openssl pkcs12 -export -in chain.pem -inkey key.pem -out key-openssl.p12 -passout pass:store-secret
openssl pkcs8 -topk8 -in key.pem -passout pass:key-secret -out key-encrypted.pem
cat key-encrypted.pem chain.pem > store.pem
rm key-encrypted.pem chain.pem ca.p12
