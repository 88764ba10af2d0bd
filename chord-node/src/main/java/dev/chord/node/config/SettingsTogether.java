package dev.chord.node.config;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/** What settings that are right each by itself must not say together. */
final class SettingsTogether {
    // names say which blocks they need once in each interval; a deleted file's blocks go after so many
    private static final int RENEWALS = 3;

    private SettingsTogether() {}

    /** @throws ChordException USAGE or NOT_PERMITTED with both settings and what would be right */
    static void check(NodeConfig config) {
        config.ring();
        config.timing();
        config.dataDir();
        quorums(config);
        leases(config);
        if (config.flag(ConfigKey.RING_FOUND) && !config.seeds().isEmpty()) {
            throw against(
                    config,
                    ConfigKey.RING_FOUND,
                    ConfigKey.RING_JOIN,
                    "a node founds a ring or joins one: take one of the two away");
        }
        listening(config);
    }

    // The defaults are capped by the copies there are; who asks for more than can be has made a mistake.
    private static void quorums(NodeConfig config) {
        int replicas = config.number(ConfigKey.RING_REPLICAS);
        for (ConfigKey quorum : new ConfigKey[] {ConfigKey.RING_WRITE_QUORUM, ConfigKey.RING_READ_QUORUM}) {
            if (config.given(quorum) && config.number(quorum) > replicas) {
                throw against(config, quorum, ConfigKey.RING_REPLICAS, "no more copies can answer than there are");
            }
        }
    }

    private static void leases(NodeConfig config) {
        Duration renew = config.duration(ConfigKey.FILES_RENEW);
        if (config.duration(ConfigKey.FILES_LEASE).compareTo(renew.multipliedBy(RENEWALS)) < 0) {
            throw against(
                    config,
                    ConfigKey.FILES_LEASE,
                    ConfigKey.FILES_RENEW,
                    "blocks would go before a name has said that it needs them: the lease must be " + RENEWALS
                            + " intervals at least");
        }
        // a round comes up to a quarter late
        Duration refresh = config.duration(ConfigKey.RECORDS_REFRESH);
        if (refresh.multipliedBy(5)
                        .compareTo(config.duration(ConfigKey.RECORDS_LEASE).multipliedBy(4))
                > 0) {
            throw against(
                    config,
                    ConfigKey.RECORDS_REFRESH,
                    ConfigKey.RECORDS_LEASE,
                    "providers would be forgotten between refreshes: the time between them must be four fifths of the"
                            + " lease at most");
        }
    }

    private static void listening(NodeConfig config) {
        Optional<InetSocketAddress> grpc = known(config, ConfigKey.GRPC_BIND);
        grpc.ifPresent(address -> Listening.permit(config, address));
        Optional<InetSocketAddress> http =
                config.text(ConfigKey.HTTP_BIND).isEmpty() ? Optional.empty() : known(config, ConfigKey.HTTP_BIND);
        http.ifPresent(address -> WriterToken.of(config, address));
        if (grpc.isPresent() && http.isPresent() && config.given(ConfigKey.HTTP_BIND)) {
            int port = grpc.get().getPort();
            boolean overlap = grpc.get().getAddress().isAnyLocalAddress()
                    || http.get().getAddress().isAnyLocalAddress()
                    || grpc.get().getAddress().equals(http.get().getAddress());
            if (port != 0 && port == http.get().getPort() && overlap) {
                throw against(config, ConfigKey.HTTP_BIND, ConfigKey.GRPC_BIND, "each needs a port of its own");
            }
        }
    }

    // A name that is not known now may be when the node starts, which waits for it.
    private static Optional<InetSocketAddress> known(NodeConfig config, ConfigKey key) {
        try {
            return Optional.of(config.socketAddress(key));
        } catch (ChordException e) {
            if (e.code() == ErrorCode.UNREACHABLE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static ChordException against(NodeConfig config, ConfigKey one, ConfigKey other, String why) {
        return new ChordException(
                ErrorCode.USAGE,
                config.described(one) + " and " + config.described(other) + ": " + why,
                "change one of the two");
    }
}
