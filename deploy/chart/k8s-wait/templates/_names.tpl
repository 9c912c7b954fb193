{{/* Names and labels, as charts have them. */}}

{{- define "k8s-wait.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Names of services have at most 63 characters. */}}
{{- define "k8s-wait.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "k8s-wait.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "k8s-wait.fullname" .) }}
{{- end }}

{{/* These never change: a Deployment's selector cannot. */}}
{{- define "k8s-wait.selectorLabels" -}}
app.kubernetes.io/name: {{ include "k8s-wait.name" . | toYaml }}
app.kubernetes.io/instance: {{ .Release.Name | toYaml }}
{{- end }}

{{/* Labels and annotations of an object: (dict "root" $ "annotations" (dict ...)), with "name" for one of another name, and "labels". */}}
{{- define "k8s-wait.metadata" -}}
{{- $labels := include "k8s-wait.selectorLabels" .root | fromYaml }}
{{- with .name }}
{{- $_ := set $labels "app.kubernetes.io/name" . }}
{{- end }}
{{- $chart := printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- $helm := dict "helm.sh/chart" $chart "app.kubernetes.io/managed-by" .root.Release.Service "app.kubernetes.io/version" .root.Chart.AppVersion -}}
labels:
  {{- toYaml (merge $labels $helm (.labels | default dict) .root.Values.commonLabels) | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* An image: (dict "root" $ "image" .Values.image). */}}
{{- define "k8s-wait.image" -}}
{{- with .image.registry }}{{ . }}/{{ end -}}
{{- .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion -}}
{{- with .image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* What the server speaks, which is also its port's name. */}}
{{- define "k8s-wait.scheme" -}}
{{- if .Values.tls.secretName }}https{{ else }}http{{ end }}
{{- end }}

{{/* Of the Service that stands for the addresses of all replicas. */}}
{{- define "k8s-wait.replicasName" -}}
{{ include "k8s-wait.fullname" . | trunc 54 | trimSuffix "-" }}-replicas
{{- end }}

{{/* Whether they ask one another; nothing where they do not. With tokens or a certificate they would need what is not here. */}}
{{- define "k8s-wait.asksReplicas" -}}
{{- if and .Values.server.askReplicas (eq .Values.auth.mode "none") (not .Values.tls.secretName) }}true{{ end }}
{{- end }}

{{/* Of the webhook's Service, Secret and certificate. */}}
{{- define "k8s-wait.injectName" -}}
{{ include "k8s-wait.fullname" . | trunc 56 | trimSuffix "-" }}-inject
{{- end }}

{{- define "k8s-wait.port" -}}
{{ regexFind "[0-9]+$" .Values.server.listen }}
{{- end }}
