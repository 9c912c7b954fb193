{{/* The server's pod: what comes after `template:`. */}}
{{- define "k8s-wait.pod" -}}
{{- $selector := include "k8s-wait.selectorLabels" . | fromYaml -}}
metadata:
  labels:
    {{- toYaml (merge (dict) $selector .Values.podLabels .Values.commonLabels) | nindent 4 }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "k8s-wait.serviceAccountName" . | toYaml }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | toYaml }}
  {{- end }}
  # More than the server takes, whose end is then never cut short.
  terminationGracePeriodSeconds: {{ add .Values.server.shutdownGraceSeconds 10 }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    {{- $filled := dict "matchLabelKeys" (list "pod-template-hash") "labelSelector" (dict "matchLabels" $selector) }}
    {{- range $key, $value := . }}
    {{- $_ := set $filled $key $value }}
    {{- end }}
    {{- toYaml (list $filled) | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- range $key := list "nodeSelector" "tolerations" "affinity" }}
  {{- with get $.Values $key }}
  {{ $key }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  containers:
    - name: server
      image: {{ include "k8s-wait.image" (dict "root" . "image" .Values.image) }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        {{- include "k8s-wait.arguments" . | nindent 8 }}
      {{- with .Values.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: {{ include "k8s-wait.scheme" . }}
          containerPort: {{ include "k8s-wait.port" . }}
        {{- if .Values.inject.enabled }}
        - name: inject
          containerPort: {{ .Values.inject.targetPort }}
        {{- end }}
      {{- range $probe, $path := dict "startupProbe" "/livez" "livenessProbe" "/livez" "readinessProbe" "/readyz" }}
      {{ $probe }}:
        httpGet:
          path: {{ $path }}
          port: {{ include "k8s-wait.scheme" $ }}
          {{- if $.Values.tls.secretName }}
          scheme: HTTPS
          {{- end }}
        {{- toYaml (get $.Values $probe) | nindent 8 }}
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      {{- if or .Values.tls.secretName .Values.inject.enabled }}
      volumeMounts:
        {{- if .Values.tls.secretName }}
        - name: tls
          mountPath: /var/run/secrets/k8s-wait-tls
          readOnly: true
        {{- end }}
        {{- if .Values.inject.enabled }}
        - name: inject
          mountPath: /var/run/secrets/k8s-wait-inject
          readOnly: true
        {{- end }}
      {{- end }}
  {{- if or .Values.tls.secretName .Values.inject.enabled }}
  volumes:
    {{- with .Values.tls.secretName }}
    - name: tls
      secret:
        secretName: {{ . | toYaml }}
    {{- end }}
    {{- if .Values.inject.enabled }}
    - name: inject
      secret:
        secretName: {{ include "k8s-wait.injectName" . | toYaml }}
    {{- end }}
  {{- end }}
{{- end }}

{{- define "k8s-wait.arguments" -}}
{{- $arguments := list (print "--listen=" .Values.server.listen) }}
{{- if .Values.tls.secretName }}
{{- $arguments = concat $arguments (list "--tls-cert=/var/run/secrets/k8s-wait-tls/tls.crt" "--tls-key=/var/run/secrets/k8s-wait-tls/tls.key") }}
{{- end }}
{{- with .Values.watch.namespaces }}
{{- $arguments = append $arguments (print "--namespaces=" (join "," .)) }}
{{- end }}
{{- if eq .Values.auth.mode "token" }}
{{- $arguments = append $arguments "--auth=token" }}
{{- with .Values.auth.allow }}
{{- $arguments = append $arguments (print "--allow=" (join "," .)) }}
{{- end }}
{{- with (int .Values.auth.maxWaitersPerNamespace) }}
{{- $arguments = append $arguments (print "--max-waiters-per-namespace=" .) }}
{{- end }}
{{- end }}
{{- range $what := list "metrics" "page" }}
{{- with (get $.Values $what).readers }}
{{- if ne . "all" }}
{{- $arguments = append $arguments (printf "--%s=%s" $what .) }}
{{- end }}
{{- end }}
{{- end }}
{{- $arguments = append $arguments (print "--max-waiters=" (int .Values.server.maxWaiters)) }}
{{- $arguments = append $arguments (print "--linger=" .Values.server.linger) }}
{{- with .Values.server.preload }}
{{- $arguments = append $arguments (print "--preload=" (join "," .)) }}
{{- end }}
{{- with .Values.server.allowNetwork }}
{{- $arguments = append $arguments (print "--allow-network=" (join "," .)) }}
{{- end }}
{{- $arguments = append $arguments (printf "--shutdown-grace=%ds" (int .Values.server.shutdownGraceSeconds)) }}
{{- with .Values.server.eventsAfter }}
{{- $arguments = append $arguments (print "--events-after=" .) }}
{{- end }}
{{- if ne .Values.server.logFormat "text" }}
{{- $arguments = append $arguments (print "--log-format=" .Values.server.logFormat) }}
{{- end }}
{{- if include "k8s-wait.asksReplicas" . }}
{{- $arguments = append $arguments (printf "--replicas=http://%s:%s" (include "k8s-wait.replicasName" .) (include "k8s-wait.port" .)) }}
{{- end }}
{{- if .Values.inject.enabled }}
{{- $folder := "/var/run/secrets/k8s-wait-inject" }}
{{- $address := regexReplaceAll "[0-9]+$" .Values.server.listen "" }}
{{- $arguments = append $arguments (printf "--inject=%s%d" $address (int .Values.inject.targetPort)) }}
{{- $arguments = concat $arguments (list (print "--inject-cert=" $folder "/tls.crt") (print "--inject-key=" $folder "/tls.key")) }}
{{- $arguments = append $arguments (print "--inject-image=" (include "k8s-wait.clientImage" (dict "root" .))) }}
{{- $arguments = append $arguments (print "--inject-server=" (include "k8s-wait.url" .)) }}
{{- with .Values.client.caConfigMap }}
{{- $arguments = append $arguments (print "--inject-ca-configmap=" .) }}
{{- end }}
{{- $arguments = append $arguments (print "--inject-invalid=" .Values.inject.invalid) }}
{{- end }}
{{- toYaml (concat $arguments .Values.extraArgs) }}
{{- end }}
