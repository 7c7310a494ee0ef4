#!/bin/bash
# The first process of a User Mode Linux host of nfs_lab.py; its root is the machine's, read-only.
# Kernel arguments: name=h1 address=10.77.0.1 control=10.78.0.1 role=client|server lab=DIRECTORY
set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
name='' address='' control='' role='' lab='' lease=''
read -ra arguments </proc/cmdline
for argument in "${arguments[@]}"; do
  case $argument in
    name=* | address=* | control=* | role=* | lab=* | lease=*) declare "$argument" ;;
  esac
done
mount -t sysfs sys /sys
for directory in /run /mnt /var/lib/nfs; do mount -t tmpfs tmpfs "$directory"; done
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mkdir -p /run/lib /run/sshd /run/rpcbind /run/nfs /mnt/shared /mnt/shared3
ln -s /usr/lib/uml/modules /run/lib/modules

hostname "$name"
ip link set lo up
ip link set eth0 up
ip addr add "$address/24" dev eth0
ip link set eth1 up
ip addr add "$control/24" dev eth1
ulimit -n 65536
# Root by key alone, and none of this machine's shell start-up files.
sed 's#^root:.*#root::0:0:root:/run:/bin/sh#' /etc/passwd >/run/passwd
mount --bind /run/passwd /etc/passwd

# What the lock manager remembers of its peers outlives a power cut, as on a real host.
mount -t hostfs hostfs /var/lib/nfs -o "$lab/$name"
mkdir -p /var/lib/nfs/{sm,sm.bak,rpc_pipefs,v4recovery,nfsdcltrack}
touch /var/lib/nfs/{etab,rmtab,state}
/usr/sbin/sshd -f "$lab/sshd_config"

serve() {
  modprobe -d /run nfsd
  mount -t ext4 /dev/ubda /srv
  mkdir -p /srv/home
  chmod 1777 /srv/home
  mount -t rpc_pipefs rpc_pipefs /var/lib/nfs/rpc_pipefs
  mount -t nfsd nfsd /proc/fs/nfsd
  rpcbind -w
  rpc.statd
  echo "$lease" >/proc/fs/nfsd/nfsv4leasetime
  echo 1 >/proc/sys/fs/nfs/nlm_grace_period
  exportfs -o rw,no_root_squash,no_subtree_check,fsid=0 '*:/srv'
  exportfs -o rw,no_root_squash,no_subtree_check,fsid=1 '*:/srv/home'
  rpc.mountd
  rpc.nfsd 4
  # Nobody has locks to claim again from a server that is new.
  echo Y >/proc/fs/nfsd/v4_end_grace
}

attach() {
  modprobe -d /run nfsv3
  modprobe -d /run nfsv4
  mount -t rpc_pipefs rpc_pipefs /var/lib/nfs/rpc_pipefs
  rpcbind -w
  rpc.statd
  until mount -t nfs -o vers=4.2,hard 10.77.0.100:/home /mnt/shared; do sleep 0.2; done
  until mount -t nfs -o vers=3,hard 10.77.0.100:/srv/home /mnt/shared3; do sleep 0.2; done
}

case $role in
  server) serve ;;
  client) attach ;;
esac
: >/var/lib/nfs/ready
while :; do wait; sleep 1; done
