{{/* Values that do not fit together, which the schema cannot see. */}}
{{- define "k8s-wait.check" -}}
{{- $name := include "k8s-wait.fullname" . }}
{{- if not (regexMatch "^[a-z]" $name) }}
{{- fail (printf "the Service cannot be called %q, as a Service's name begins with a letter: set fullnameOverride" $name) }}
{{- end }}
{{- if not (or .Values.serviceAccount.create .Values.serviceAccount.name) }}
{{- fail "serviceAccount.name is empty: name the ServiceAccount that exists, as serviceAccount.create is false" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- fail (printf "autoscaling.minReplicas is %v, which must be at most autoscaling.maxReplicas, %v" .Values.autoscaling.minReplicas .Values.autoscaling.maxReplicas) }}
{{- end }}
{{- if and .Values.auth.allow (ne .Values.auth.mode "token") }}
{{- fail "auth.allow means nothing unless it is known who asks: set auth.mode to token, or leave it empty" }}
{{- end }}
{{- if and .Values.server.eventsAfter (ne .Values.auth.mode "token") }}
{{- fail "server.eventsAfter means nothing unless it is known which pod asks: set auth.mode to token, or leave it empty" }}
{{- end }}
{{- range $what := list "metrics" "page" }}
{{- if and (eq (get $.Values $what).readers "token") (ne $.Values.auth.mode "token") }}
{{- fail (printf "%s.readers is token, which means nothing unless it is known who asks: set auth.mode to token, or %s.readers to all or none" $what $what) }}
{{- end }}
{{- end }}
{{- if and .Values.enabled .Values.tls.secretName (not .Values.client.server) (not .Values.client.caConfigMap) }}
{{- fail "client.caConfigMap is empty: name the ConfigMap with the certificate authority of tls.secretName in its ca.crt, as no public one signs for the name of a Service" }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (ne .Values.metrics.readers "all") }}
{{- fail (printf "metrics.serviceMonitor shows no token, and metrics.readers is %s: set metrics.readers to all, or make a ServiceMonitor of your own" .Values.metrics.readers) }}
{{- end }}
{{- if and .Values.inject.enabled (eq (int .Values.inject.targetPort) (int (include "k8s-wait.port" .))) }}
{{- fail (printf "inject.targetPort is %v, which is the port of server.listen: choose another one" .Values.inject.targetPort) }}
{{- end }}
{{- if and .Values.inject.enabled (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) }}
{{- fail (printf "inject.enabled needs Kubernetes 1.30, and this is %s: leave it false" .Capabilities.KubeVersion.Version) }}
{{- end }}
{{- range $key, $_ := .Values.podAnnotations }}
{{- if hasPrefix "k8s-wait.dev/" $key }}
{{- fail (printf "podAnnotations must not have %s, as the server cannot wait for itself: leave it out" $key) }}
{{- end }}
{{- end }}
{{- if and .Values.inject.enabled .Values.client.token (ne .Values.auth.mode "token") }}
{{- fail "client.token is of no effect on containers that the webhook adds, which show a token where auth.mode is token: leave it false" }}
{{- end }}
{{- range .Values.rbac.extraRules }}
{{- if and (or (has "" .apiGroups) (has "*" .apiGroups)) (or (has "secrets" .resources) (has "*" .resources)) }}
{{- fail "rbac.extraRules must not give away secrets, which the server never reads: name other resources" }}
{{- end }}
{{- end }}
{{- $flags := dict "listen" "server.listen" "tls-cert" "tls.secretName" "tls-key" "tls.secretName" "namespaces" "watch.namespaces" "auth" "auth.mode" "allow" "auth.allow" "max-waiters-per-namespace" "auth.maxWaitersPerNamespace" "metrics" "metrics.readers" "page" "page.readers" "max-waiters" "server.maxWaiters" "linger" "server.linger" "preload" "server.preload" "allow-network" "server.allowNetwork" "shutdown-grace" "server.shutdownGraceSeconds" "log-format" "server.logFormat" "events-after" "server.eventsAfter" "inject" "inject.enabled" "inject-cert" "inject.enabled" "inject-key" "inject.enabled" "inject-image" "client.image" "inject-server" "client.server" "inject-ca-configmap" "client.caConfigMap" "inject-invalid" "inject.invalid" }}
{{- if include "k8s-wait.asksReplicas" . }}
{{- $_ := set $flags "replicas" "server.askReplicas" }}
{{- end }}
{{- range .Values.extraArgs }}
{{- with get $flags (. | trimPrefix "--" | splitList "=" | first) }}
{{- fail (printf "extraArgs must not have the flag of a value: set %s instead" .) }}
{{- end }}
{{- end }}
{{- end }}
