{{/*
An item of a pod's initContainers, which waits until all targets are ready. For charts that have this one as a dependency:

  initContainers:
    {{- include "k8s-wait.initContainer" (dict "context" $ "targets" (list "service/db" "job/migrate")) | nindent 4 }}

  context          the root, $
  targets          what to wait for
  any              true: one of the targets is enough
  timeout          as "10m"; the client's own default is 5m
  namespace        of targets that name none; the pod's own by default
  server, image, resources, securityContext
                   instead of what the values `client` of this chart say
  name             of the container, "wait" by default
  chart            the dependency's alias in Chart.yaml, where it has one

Where the server wants to know who asks (auth.mode or client.token), or has a certificate that only some trust
(client.caConfigMap), the pod needs a volume more; "chart" is for it what it is above:

  volumes:
    {{- include "k8s-wait.volume" (dict "context" $) | nindent 4 }}
*/}}
{{- define "k8s-wait.initContainer" -}}
{{- $keys := list "context" "targets" "any" "timeout" "namespace" "server" "image" "resources" "securityContext" "name" "chart" }}
{{- range $key, $_ := . }}
{{- if not (has $key $keys) }}
{{- fail (printf "k8s-wait.initContainer: %q is not known: expected %s" $key (join ", " $keys)) }}
{{- end }}
{{- end }}
{{- $root := dict }}
{{- include "k8s-wait.find" (dict "asked" . "by" "k8s-wait.initContainer" "found" $root) }}
{{- include "k8s-wait.container" (merge (dict "root" $root.root) .) }}
{{- end }}

{{/* The volume of such an init container: its token, and whom it trusts. Nothing where it needs neither. */}}
{{- define "k8s-wait.volume" -}}
{{- $root := dict }}
{{- include "k8s-wait.find" (dict "asked" . "by" "k8s-wait.volume" "found" $root) }}
{{- include "k8s-wait.sources" $root.root }}
{{- end }}

{{/* Puts this chart's root into "found", as the chart that asks has it among its dependencies. */}}
{{- define "k8s-wait.find" -}}
{{- if not .asked.context }}
{{- fail (printf "%s: context is missing: pass the root, as in (dict \"context\" $)" .by) }}
{{- end }}
{{- $chart := .asked.chart | default "k8s-wait" }}
{{- $root := get .asked.context.Subcharts $chart }}
{{- if not $root }}
{{- fail (printf "%s: %q is no dependency of chart %q: name in chart what its Chart.yaml calls it" .by $chart .asked.context.Chart.Name) }}
{{- end }}
{{- $_ := set .found "root" $root }}
{{- end }}

{{/* The same for the chart itself, whose root is given. */}}
{{- define "k8s-wait.container" -}}
{{- if not (and (kindIs "slice" .targets) .targets) }}
{{- fail "k8s-wait.initContainer: targets must be a list of at least one, as in (list \"service/db\" \"job/migrate\")" }}
{{- end }}
{{- $values := .root.Values.client -}}
- name: {{ .name | default "wait" | toYaml }}
  image: {{ .image | default (include "k8s-wait.clientImage" .) | toYaml }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  args:
    {{- include "k8s-wait.clientArguments" . | nindent 4 }}
  {{- if not .namespace }}
  env:
    - name: POD_NAMESPACE
      valueFrom:
        fieldRef:
          fieldPath: metadata.namespace
  {{- end }}
  {{- if include "k8s-wait.sources" .root }}
  volumeMounts:
    - name: k8s-wait
      mountPath: /var/run/secrets/k8s-wait
      readOnly: true
  {{- end }}
  resources:
    {{- toYaml (.resources | default $values.resources) | nindent 4 }}
  securityContext:
    {{- toYaml (.securityContext | default $values.securityContext) | nindent 4 }}
{{- end }}

{{/* The volume for the chart itself: the token is good for nothing but asking the server. */}}
{{- define "k8s-wait.sources" -}}
{{- $shows := include "k8s-wait.showsToken" . }}
{{- if or $shows .Values.client.caConfigMap -}}
- name: k8s-wait
  projected:
    sources:
      {{- if $shows }}
      - serviceAccountToken:
          audience: k8s-wait
          expirationSeconds: 3600
          path: token
      {{- end }}
      {{- with .Values.client.caConfigMap }}
      - configMap:
          name: {{ . | toYaml }}
          items:
            - key: ca.crt
              path: ca.crt
      {{- end }}
{{- end }}
{{- end }}

{{/* The image, which has to be the one with TLS where the URL is https or there is somebody to trust. */}}
{{- define "k8s-wait.clientImage" -}}
{{- $image := .root.Values.client.image }}
{{- $isHttps := hasPrefix "https://" (.server | default (include "k8s-wait.url" .root)) }}
{{- if and (or $isHttps .root.Values.client.caConfigMap) (not $image.tag) }}
{{- $image = merge (dict "tag" (print .root.Chart.AppVersion "-tls")) $image }}
{{- end }}
{{- include "k8s-wait.image" (dict "root" .root "image" $image) }}
{{- end }}

{{/* Whether clients show a token; nothing where they do not. */}}
{{- define "k8s-wait.showsToken" -}}
{{- if or .Values.client.token (eq .Values.auth.mode "token") }}true{{ end }}
{{- end }}

{{- define "k8s-wait.clientArguments" -}}
{{- $arguments := .targets }}
{{- if .any }}
{{- $arguments = append $arguments "--any" }}
{{- end }}
{{- /* 0 is one: it means for ever. */}}
{{- if not (has (toString .timeout) (list "" "<nil>")) }}
{{- $arguments = append $arguments (print "--timeout=" .timeout) }}
{{- end }}
{{- with .namespace }}
{{- $arguments = append $arguments (print "--namespace=" .) }}
{{- end }}
{{- if include "k8s-wait.showsToken" .root }}
{{- $arguments = append $arguments "--token-file=/var/run/secrets/k8s-wait/token" }}
{{- end }}
{{- if .root.Values.client.caConfigMap }}
{{- $arguments = append $arguments "--ca-file=/var/run/secrets/k8s-wait/ca.crt" }}
{{- end }}
{{- with .server | default (include "k8s-wait.url" .root) }}
{{- $arguments = append $arguments (print "--server=" .) }}
{{- end }}
{{- toYaml $arguments }}
{{- end }}

{{/* Where clients find the server; nothing where they have to know. */}}
{{- define "k8s-wait.url" -}}
{{- if .Values.client.server -}}
{{ .Values.client.server | trimSuffix "/" }}
{{- else if .Values.enabled -}}
{{ include "k8s-wait.scheme" . }}://{{ include "k8s-wait.fullname" . }}.{{ .Release.Namespace }}.svc:{{ .Values.service.port }}
{{- end }}
{{- end }}
