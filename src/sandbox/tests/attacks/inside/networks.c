/* Ways out over sockets of every kind. */
#include "attack.h"

#include <arpa/inet.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define NOWHERE ENETUNREACH, EHOSTUNREACH, ECONNREFUSED, EADDRNOTAVAIL, EAFNOSUPPORT, EPERM, EACCES

/* Connects to an address with a port, or sends a packet there; waits a moment at most. */
static long reach(const char *address, int port, int kind) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_six = strchr(address, ':');
    inet_pton(is_six ? AF_INET6 : AF_INET, address, is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr);
    int one = socket(is_six ? AF_INET6 : AF_INET, kind | SOCK_CLOEXEC, 0);
    if (one < 0)
        return -1;
    struct timeval most = {.tv_usec = 300000};
    setsockopt(one, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    long result = is_six ? connect(one, (struct sockaddr *)&six, sizeof six)
                         : connect(one, (struct sockaddr *)&four, sizeof four);
    if (result == 0 && kind == SOCK_DGRAM)
        result = send(one, "\0\1\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1", 29, 0);
    int error = errno;
    close(one);
    errno = error;
    return result;
}

/* attack reach tcp|udp PORT ADDRESS… */
static int reaches(int count, char **words) {
    bool udp = !strcmp(words[0], "udp");
    for (int word = 2; word < count; word++) {
        long result = reach(words[word], atoi(words[1]), udp ? SOCK_DGRAM : SOCK_STREAM);
        /* Its own loopback takes a packet; that nobody of the host got it is for the test to see. */
        if (!(udp && result > 0 && (!strncmp(words[word], "127.", 4) || !strcmp(words[word], "::1"))))
            refused(words[word], result, NOWHERE, 0);
    }
    must("something was tried", count > 2);
    return verdict();
}

/* Nothing of a network is there, and nothing of one can be made. */
static int interfaces(int count, char **words) {
    (void)count, (void)words;
    struct if_nameindex *all = if_nameindex();
    for (int at = 0; all && all[at].if_index; at++)
        must(all[at].if_name, !strcmp(all[at].if_name, "lo"));
    FILE *routes = fopen("/proc/net/route", "re");
    char row[512];
    int rows = 0;
    while (routes && fgets(row, sizeof row, routes))
        rows++;
    must("no routes", rows <= 1);
    struct {
        struct nlmsghdr head;
        struct ifinfomsg link;
        struct rtattr kind, name;
        char dummy[8];
    } make = {
        .head = {sizeof make, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, 1, 0},
        .kind = {sizeof make.kind + sizeof make.name + 8, IFLA_LINKINFO},
        .name = {sizeof make.name + 6, IFLA_INFO_KIND},
        .dummy = "dummy",
    };
    int routing = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (routing >= 0 && send(routing, &make, sizeof make, 0) > 0) {
        struct {
            struct nlmsghdr head;
            struct nlmsgerr error;
            char rest[512];
        } answer = {0};
        ssize_t length = recv(routing, &answer, sizeof answer, 0);
        errno = length > 0 ? -answer.error.error : errno;
        refused("a new interface", errno ? -1 : 0, DENIED, EOPNOTSUPP, 0);
    } else {
        refused("a netlink socket", -1, DENIED, 0);
    }
    refused("forwarding", write_into("/proc/sys/net/ipv4/ip_forward", "1"), EROFS, ENOENT, DENIED, 0);
    return verdict();
}

/* Kinds of sockets that no network namespace keeps apart, or that reach deep into the kernel. */
static int families(int count, char **words) {
    (void)count, (void)words;
    static const struct {
        const char *name;
        int family, kind, protocol;
    } kinds[] = {
        {"vsock", AF_VSOCK, SOCK_STREAM, 0},       {"vsock packets", AF_VSOCK, SOCK_DGRAM, 0},
        {"alg", AF_ALG, SOCK_SEQPACKET, 0},        {"packet", AF_PACKET, SOCK_RAW, 0x0300},
        {"raw", AF_INET, SOCK_RAW, IPPROTO_ICMP},  {"raw 6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
        {"key", AF_KEY, SOCK_RAW, 2},              {"xdp", 44, SOCK_RAW, 0},
        {"bluetooth", AF_BLUETOOTH, SOCK_RAW, 1},  {"can", AF_CAN, SOCK_RAW, 1},
        {"tipc", 30, SOCK_RDM, 0},                 {"rds", 21, SOCK_SEQPACKET, 0},
        {"nfc", 39, SOCK_SEQPACKET, 1},            {"kcm", 41, SOCK_DGRAM, 0},
        {"smc", 43, SOCK_STREAM, 0},               {"ib", 27, SOCK_RAW, 0},
        {"phonet", 35, SOCK_DGRAM, 0},             {"caif", 37, SOCK_STREAM, 0},
        {"qipcrtr", 42, SOCK_DGRAM, 0},            {"mctp", 45, SOCK_DGRAM, 0},
        {"x25", 9, SOCK_SEQPACKET, 0},             {"ax25", 3, SOCK_DGRAM, 0},
        {"appletalk", 5, SOCK_DGRAM, 0},           {"audit", AF_NETLINK, SOCK_RAW, NETLINK_AUDIT},
        {"netfilter", AF_NETLINK, SOCK_RAW, 12},   {"uevents", AF_NETLINK, SOCK_RAW, 15},
        {"generic netlink", AF_NETLINK, SOCK_RAW, 16}, {"crypto netlink", AF_NETLINK, SOCK_RAW, 21},
    };
    for (size_t at = 0; at < sizeof kinds / sizeof *kinds; at++)
        refused(kinds[at].name, socket(kinds[at].family, kinds[at].kind, kinds[at].protocol), DENIED, EAFNOSUPPORT,
                EPROTONOSUPPORT, ESOCKTNOSUPPORT, 0);
    int pair[2];
    refused("a pair of vsock", socketpair(AF_VSOCK, SOCK_STREAM, 0, pair), DENIED, EAFNOSUPPORT, EOPNOTSUPP, 0);
    return verdict();
}

static long reach_name(const char *name, bool abstract) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strncpy(to.sun_path + abstract, name, sizeof to.sun_path - 2);
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name);
    int one = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    long result = one < 0 ? -1 : connect(one, (struct sockaddr *)&to, length);
    int error = errno;
    close(one);
    errno = error;
    return result;
}

/* attack unix NAME PATH: a socket of the host by its abstract name, and by its path; and those that hosts have. */
static int unix_sockets(int count, char **words) {
    (void)count;
    refused("the host's abstract socket", reach_name(words[0], true), ECONNREFUSED, EPERM, EACCES, 0);
    FILE *seen = fopen("/proc/net/unix", "re");
    char row[512];
    bool named = false;
    while (seen && fgets(row, sizeof row, seen))
        named |= strstr(row, words[0]) != NULL;
    must("its name is not seen", !named);
    const char *paths[] = {words[1], "/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock",
                           "/run/podman/podman.sock", "/run/dbus/system_bus_socket", "/run/systemd/private",
                           "/tmp/.X11-unix/X0", "/run/user/0/bus", "/run/snapd.socket", "/dev/log"};
    for (size_t at = 0; at < sizeof paths / sizeof *paths; at++)
        refused(paths[at], reach_name(paths[at], false), ENOENT, ENOTDIR, EACCES, 0);
    return verdict();
}

/* Waits for a friend in another sandbox: attack meet NAME listens on an abstract name for a second. */
static int meet(int count, char **words) {
    (void)count;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    strncpy(at.sun_path + 1, words[0], sizeof at.sun_path - 2);
    int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(words[0]);
    must("a door", bind(door, (struct sockaddr *)&at, length) == 0 && listen(door, 1) == 0);
    puts("open");
    fflush(stdout);
    wait_millis(1000);
    refused("a friend", accept(door, NULL, NULL), EAGAIN, 0);
    return verdict();
}

const struct attack networks[] = {
    {"reach", reaches},      {"interfaces", interfaces}, {"families", families},
    {"unix", unix_sockets}, {"meet", meet},              {0},
};
