# Sets the instance up once; systemd keeps it running from then on, also after a reboot. Values come from the header
# before this text. Nothing here prints a secret, and every wait has an end.

export AWS_DEFAULT_REGION=$REGION HOME=$ROOT/root
CONFIG=$ROOT/etc/librechat
UNITS=$ROOT/etc/systemd/system
RUN=$ROOT/run/librechat

say() { printf 'librechat-setup: %s\n' "$1"; }

signal() {
  if [ -n "$STACK" ]; then
    "$TOOLS/bin/cfn-signal" --exit-code "$1" --reason "$2" --stack "$STACK" --resource "$RESOURCE" --region "$REGION" ||
      say "cannot signal $STACK"
  fi
}

give_up() {
  say "failed: $1"
  signal 1 "$1"
  exit 1
}

retry() { # attempts command...
  local attempts=$1 try=1
  shift
  until "$@"; do
    if [ "$try" -ge "$attempts" ]; then return 1; fi
    sleep "$((try * PAUSE))"
    try=$((try + 1))
  done
}

install_packages() {
  # shellcheck disable=SC2086 # a list of names
  retry 5 dnf install --assumeyes --quiet $PACKAGES || give_up "cannot install packages"
  if [ -n "$ECR_REGISTRY" ]; then
    mkdir -p "$ROOT/root/.docker"
    printf '{"credHelpers": {"%s": "ecr-login"}}\n' "$ECR_REGISTRY" > "$ROOT/root/.docker/config.json"
  fi
  systemctl enable --now docker || give_up "cannot start docker"
}

mount_data() {
  if [ -z "$VOLUME" ]; then return 0; fi
  local instance device
  instance=$(imds instance-id) || give_up "cannot read the instance id"
  retry 12 attach_volume "$instance" || give_up "cannot attach $VOLUME"
  device=$DEVICES/nvme-Amazon_Elastic_Block_Store_$(printf '%s' "$VOLUME" | tr -d -)
  retry 12 test -e "$device" || give_up "$VOLUME does not appear"
  if ! blkid "$device" > /dev/null; then mkfs.xfs -q "$device" || give_up "cannot format $VOLUME"; fi
  mkdir -p "$DATA"
  printf '%s %s xfs defaults,nofail 0 2\n' "$device" "$DATA" >> "$ROOT/etc/fstab"
  mount "$DATA" || give_up "cannot mount $VOLUME"
  xfs_growfs "$DATA" > /dev/null || say "cannot grow $DATA to the $VOLUME_GIB GiB of its volume"
}

imds() {
  local token
  token=$(curl -fsS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' http://169.254.169.254/latest/api/token) || return 1
  curl -fsS -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

attach_volume() { # instance; the volume is free again once a predecessor is gone
  local holder
  holder=$(aws ec2 describe-volumes --volume-ids "$VOLUME" --query 'Volumes[0].Attachments[0].InstanceId' --output text) || return 1
  if [ "$holder" = "$1" ]; then return 0; fi
  aws ec2 attach-volume --volume-id "$VOLUME" --instance-id "$1" --device /dev/sdf > /dev/null
}

fetch() { # key file
  mkdir -p "$CONFIG"
  retry 8 aws s3 cp --only-show-errors "s3://$BUCKET/$1" "$CONFIG/$2" || give_up "cannot fetch $2"
  chmod 644 "$CONFIG/$2"
}

environment() { # container; lines on standard input
  mkdir -p "$CONFIG"
  cat > "$CONFIG/$1.env"
}

secrets() { # lines on standard input: container variable arn key template
  mkdir -p "$ROOT/usr/local/sbin"
  cat > "$CONFIG/secrets"
  cat > "$ROOT/usr/local/sbin/librechat-secrets" <<'SCRIPT'
#!/bin/bash
# Writes the secret variables of each container to memory, at every boot.
set -euo pipefail
umask 077
mkdir -p "$2"
rm -f "$2"/*.secret
while read -r container variable arn key template; do
  for try in 1 2 3 4 5 6 7 8; do
    if json=$(aws secretsmanager get-secret-value --secret-id "$arn" --query SecretString --output text); then break; fi
    if [ "$try" = 8 ]; then exit 1; fi
    sleep "$((try * 2))"
  done
  value=$(jq -er --arg key "$key" '.[$key]' <<< "$json")
  # shellcheck disable=SC2059 # the template is ours
  printf "$variable=$template\n" "$value" >> "$2/$container.secret"
done < "$1"
SCRIPT
  chmod 755 "$ROOT/usr/local/sbin/librechat-secrets"
  unit librechat-secrets << UNIT
[Unit]
Description=LibreChat: secrets
After=network-online.target
Wants=network-online.target
[Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
RestartSec=10
Environment=AWS_DEFAULT_REGION=$REGION
ExecStart=/usr/local/sbin/librechat-secrets $CONFIG/secrets $RUN
[Install]
WantedBy=multi-user.target
UNIT
}

isolate() { # who has no address of its own in the first half does not reach the instance's role
  docker network inspect librechat > /dev/null 2>&1 ||
    docker network create --subnet "$ADDRESSES" --ip-range "$WITHOUT_ROLE" librechat > /dev/null || give_up "cannot create the network"
  unit librechat-isolate << UNIT
[Unit]
Description=LibreChat: keeps containers without need from the role
After=docker.service
PartOf=docker.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=-/usr/sbin/iptables -D DOCKER-USER -s $WITHOUT_ROLE -d 169.254.169.254 -j DROP
ExecStart=/usr/sbin/iptables -I DOCKER-USER -s $WITHOUT_ROLE -d 169.254.169.254 -j DROP
[Install]
WantedBy=multi-user.target
UNIT
}

container() { # name percent-of-memory image needs arguments command
  local memory
  memory=$(awk -v percent="$2" '/^MemTotal/ { print int($2 / 1024 * percent / 100) "m" }' /proc/meminfo)
  retry 5 docker pull --quiet "$3" > /dev/null || give_up "cannot pull $3"
  unit "librechat-$1" << UNIT
[Unit]
Description=LibreChat: $1
After=docker.service librechat-secrets.service librechat-isolate.service $4
Requires=docker.service librechat-isolate.service
Wants=librechat-secrets.service
RequiresMountsFor=$DATA
StartLimitIntervalSec=0
[Service]
Restart=always
RestartSec=5
TimeoutStopSec=100
ExecStartPre=/usr/bin/test -s $RUN/$1.secret
ExecStartPre=-/usr/bin/docker rm --force $1
ExecStart=/usr/bin/docker run --rm --init --name $1 --network librechat --memory $memory --cap-drop NET_RAW --security-opt no-new-privileges --env-file $CONFIG/$1.env --env-file $RUN/$1.secret --log-driver awslogs --log-opt mode=non-blocking --log-opt max-buffer-size=8m --log-opt awslogs-region=$REGION --log-opt awslogs-group=$LOG_GROUP --log-opt tag=$1/{{.ID}} $5 $3 $6
ExecStop=/usr/bin/docker stop -t 90 $1
[Install]
WantedBy=multi-user.target
UNIT
}

unit() { # name; text on standard input
  mkdir -p "$UNITS"
  cat > "$UNITS/$1.service"
  STARTED="$STARTED $1.service"
}

start() {
  isolate
  systemctl daemon-reload
  # shellcheck disable=SC2086 # a list of names
  systemctl enable --now $STARTED || give_up "cannot start the services"
  say "waiting for LibreChat (rotation $ROTATION)"
  local deadline=$(($(date +%s) + READY_SECONDS))
  until curl -fsS --max-time 5 --output /dev/null http://127.0.0.1:3080/readyz 2> /dev/null; do
    if [ "$(date +%s)" -ge "$deadline" ]; then give_up "LibreChat is not ready after $READY_SECONDS seconds"; fi
    sleep "$PAUSE"
  done
  say "LibreChat is ready"
  signal 0 "LibreChat is ready"
}

agent() { # configuration on standard input; @{...} stands for the agent's own placeholders
  tr @ '$' > "$CONFIG/cloudwatch-agent.json"
  "$TOOLS"/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c "file:$CONFIG/cloudwatch-agent.json" > /dev/null ||
    say "the CloudWatch agent does not start"
}

STARTED=
trap 'give_up "line $LINENO"' ERR
umask 022
mkdir -p "$CONFIG" "$ROOT/etc"
