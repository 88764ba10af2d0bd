package dev.chord.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which settings a node runs with: alone, together, and from which places they are taken. */
class SettingsTest {
    @TempDir
    Path directory;

    private NodeConfig in(Map<String, String> environment) {
        return ConfigLoader.load(new ConfigLoader.Sources(Optional.empty(), Optional.empty(), environment, directory));
    }

    private NodeConfig withDotEnv(String text) throws IOException {
        Files.writeString(directory.resolve(".env"), text);
        return in(Map.of());
    }

    private static void refused(NodeConfig config, String... said) {
        assertThatThrownBy(config::check)
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.USAGE))
                .message()
                .contains(said);
    }

    @ParameterizedTest
    @EnumSource(ConfigKey.class)
    void everyDefaultIsWithinItsRangeAndNonsenseIsNot(ConfigKey key) {
        assertThat(key.range().holds(key.defaultValue())).isTrue();
        assertThat(key.range().words()).isNotBlank();
        String nonsense = "\u0001,\u0000 : %";
        assertThat(key.range().holds(nonsense)).isFalse();
        refused(
                NodeConfig.defaults().with(key, nonsense, "here"),
                key.key(),
                "here",
                key.range().words());
    }

    @Test
    void noIntervalIsZero() {
        for (ConfigKey key : ConfigKey.values()) {
            if (NodeConfig.parseDuration(key.defaultValue()).isPresent()
                    || key.key().endsWith("-interval")
                    || key.key().endsWith("-timeout")) {
                for (String zero : List.of("0ms", "0s", "0d", "0")) {
                    refused(NodeConfig.defaults().with(key, zero), key.key(), "a time from");
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ring.replicas|9|ring.successors|8",
                "ring.write-quorum|4|ring.replicas|3",
                "ring.read-quorum|2|ring.replicas|1",
                "files.lease|2s|files.renew-interval|8s",
                "files.lease|2h|ring.name|default",
                "records.refresh|29m|records.lease|30m",
                "records.lease|10m|ring.name|default",
                "ring.found|true|ring.join|127.0.0.1:7451",
                "net.http.bind|127.0.0.1:7450|net.grpc.bind|127.0.0.1:7450",
            })
    void whatContradictsItselfIsRefused(String one, String value, String other, String otherValue) {
        NodeConfig config = NodeConfig.defaults()
                .with(ConfigKey.byKey(one).orElseThrow(), value)
                .with(ConfigKey.byKey(other).orElseThrow(), otherValue);
        refused(config, one, "'" + value + "'");
    }

    @Test
    void smallRingsNeedNoQuorumToBeSaid() {
        assertThat(NodeConfig.defaults()
                        .with(ConfigKey.RING_REPLICAS, "1")
                        .check()
                        .number(ConfigKey.RING_REPLICAS))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.0.0.0:7450",
                "[::]:7450",
                "::",
                "224.0.0.1",
                "255.255.255.255",
                "169.254.1.2:80",
                "fe80::1",
                "ff02::1",
                "bad host!",
                "node_1",
                "240.0.0.1",
                "::ffff:0.0.0.0",
                "a:0",
                "a:99999",
                "-x",
                "a..b",
                "999.1.1.1",
                "1.2.3",
                ":7450",
                "x\ny",
                "0.1.2.3"
            })
    void anAddressNobodyCanDialIsNotAnnounced(String address) {
        refused(NodeConfig.defaults().with(ConfigKey.GRPC_ADVERTISE, address), "net.grpc.advertise", "can dial");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.4", "10.0.0.4:9090", "node-1.example", "[2001:db8::1]:7450", "2001:db8::1", "a:1"})
    void anAddressThatCanBeDialledIs(String address) {
        assertThat(NodeConfig.defaults()
                        .with(ConfigKey.GRPC_ADVERTISE, address)
                        .check()
                        .advertised())
                .isPresent();
    }

    @Test
    void whatKubernetesSaysOfServicesIsNeitherSettingNorMistake() {
        Map<String, String> environment = new HashMap<>();
        for (String service :
                List.of("CHORD", "CHORD_NODE", "CHORD_RING", "CHORD_NET_GRPC", "GRPC_SERVER", "REST_SERVER")) {
            environment.put(service + "_SERVICE_HOST", "10.0.0.1");
            environment.put(service + "_SERVICE_PORT", "7450");
            environment.put(service + "_SERVICE_PORT_GRPC", "7450");
            environment.put(service + "_PORT", "tcp://10.0.0.1:7450");
            environment.put(service + "_PORT_7450_TCP", "tcp://10.0.0.1:7450");
            environment.put(service + "_PORT_7450_TCP_PROTO", "tcp");
            environment.put(service + "_PORT_7450_TCP_PORT", "7450");
            environment.put(service + "_PORT_7450_TCP_ADDR", "10.0.0.1");
            environment.put(service + "_PORT_53_UDP", "udp://10.0.0.1:53");
        }
        Variables.LAUNCHER.forEach(name -> environment.put(name, "x"));
        NodeConfig config = in(environment);
        assertThat(config.remarks()).isEmpty();
        for (ConfigKey key : ConfigKey.values()) {
            assertThat(config.given(key)).as(key.key()).isFalse();
        }
        config.check();
    }

    @Test
    void aMistypedVariableIsToldWithTheNearestOne() {
        assertThat(in(Map.of("CHORD_RING_REPLICA", "3", "CHORD_GRPC_PORT", "7450"))
                        .remarks())
                .hasSize(2)
                .anyMatch(line -> line.contains("CHORD_RING_REPLICA is no setting; did you mean CHORD_RING_REPLICAS?"))
                .anyMatch(line -> line.contains("CHORD_GRPC_PORT"));
        refused(in(Map.of("GRPC_SERVER_PORT", "http")), "net.grpc.bind", "GRPC_SERVER_PORT");
    }

    @Test
    void thePortIsSetAndNeverTheAddress() throws IOException {
        NodeConfig config = withDotEnv("GRPC_SERVER_PORT=7\nREST_SERVER_PORT='8'\n");
        assertThat(config.text(ConfigKey.GRPC_BIND)).isEqualTo("127.0.0.1:7");
        assertThat(config.text(ConfigKey.HTTP_BIND)).isEqualTo("127.0.0.1:8");
        refused(withDotEnv("GRPC_SERVER_PORT=1@0.0.0.0:9\n"), "net.grpc.bind");
        NodeConfig none = in(Map.of("CHORD_NET_HTTP_BIND", "", "REST_SERVER_PORT", "9"));
        assertThat(none.text(ConfigKey.HTTP_BIND)).isEqualTo("127.0.0.1:9");
    }

    @Test
    void theWorkingDirectoryNeverOpensTheNodeOrLeadsItElsewhere() throws IOException {
        StringBuilder text = new StringBuilder("export CHORD_NODE_ZONE=here\n");
        for (ConfigKey key : ConfigKey.values()) {
            if (key.guarded()) {
                text.append(key.environmentName()).append("=x\n");
            }
        }
        NodeConfig config = withDotEnv(text.toString());
        assertThat(config.text(ConfigKey.NODE_ZONE)).isEqualTo("here");
        for (ConfigKey key : List.of(
                ConfigKey.INSECURE,
                ConfigKey.GRPC_BIND,
                ConfigKey.HTTP_BIND,
                ConfigKey.GRPC_ADVERTISE,
                ConfigKey.HTTP_HOSTS,
                ConfigKey.TOKEN_FILE,
                ConfigKey.NODE_DATA_DIR,
                ConfigKey.RING_JOIN,
                ConfigKey.RING_FOUND)) {
            assertThat(config.given(key)).as(key.key()).isFalse();
        }
        assertThat(config.remarks())
                .anyMatch(line -> line.contains("CHORD_NET_INSECURE") && line.contains("--env-file"));
        NodeConfig named = ConfigLoader.load(new ConfigLoader.Sources(
                Optional.empty(), Optional.of(directory.resolve(".env")), Map.of(), directory.resolve("elsewhere")));
        assertThat(named.given(ConfigKey.INSECURE)).isTrue();
    }

    @Test
    void theWorkingDirectoryDoesNotLearnTheEnvironment() throws IOException {
        Files.writeString(directory.resolve(".env"), "CHORD_NODE_NAME=\"a${SECRET:-}b\"\n");
        assertThat(in(Map.of("SECRET", "hunter2")).text(ConfigKey.NODE_NAME)).isEqualTo("ab");
    }

    @Test
    void aForeignFileIsPassedOver() throws IOException {
        Path file = directory.resolve(".env");
        Files.write(file, "DB_PASS=gr\u00fcn\nCHORD_NODE_ZONE=here\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(in(Map.of()).text(ConfigKey.NODE_ZONE)).isEqualTo("here");
        Files.write(file, "CHORD_NODE_ZONE=there\n".getBytes(StandardCharsets.UTF_16));
        assertThat(in(Map.of()).given(ConfigKey.NODE_ZONE)).isFalse();
        Files.writeString(file, "this is no such file {{\n\u0000\u0001\n'''\nCHORD_NODE_ZONE=here\n");
        assertThat(in(Map.of()).remarks()).isEmpty();
        assertThat(in(Map.of()).text(ConfigKey.NODE_ZONE)).isEqualTo("here");
        Files.writeString(file, "KEY=\"-----BEGIN\nCHORD_NODE_ZONE=inside\n-----END\"\n");
        assertThat(in(Map.of()).given(ConfigKey.NODE_ZONE)).isFalse();
        Files.delete(file);
        Files.createDirectory(file);
        assertThat(in(Map.of()).remarks()).isEmpty();
    }

    @Test
    void aNamedFileThatCannotBeUsedIsAMistake() throws IOException {
        for (byte[] bytes : List.of(
                "\u00fc".getBytes(StandardCharsets.ISO_8859_1), "nonsense\n".getBytes(StandardCharsets.UTF_8))) {
            Path file = Files.write(directory.resolve("vars"), bytes);
            assertThatThrownBy(() -> ConfigLoader.load(
                            new ConfigLoader.Sources(Optional.empty(), Optional.of(file), Map.of(), directory)))
                    .hasMessageContaining("--env-file");
        }
    }

    @Test
    void theVariablesOfLauncherAndOptionsAreAllKnown() throws IOException {
        Pattern variable = Pattern.compile("CHORD_[A-Z_]+");
        for (String source : List.of("bin/chord", "src/main/java/dev/chord/node/cli/Globals.java")) {
            Matcher matcher = variable.matcher(Files.readString(Path.of(source)));
            while (matcher.find()) {
                String name = matcher.group();
                assertThat(Variables.LAUNCHER.contains(name) || name.equals(ConfigKey.RING_NAME.environmentName()))
                        .as(name)
                        .isTrue();
            }
        }
    }

    /**
     * What is checked and what is read never disagree: settings that pass can be read by everything that
     * starts a node.
     */
    @Property(tries = 1000)
    void settingsThatPassCanAllBeRead(@ForAll("settings") Map<ConfigKey, String> settings) {
        NodeConfig config = NodeConfig.defaults();
        for (Map.Entry<ConfigKey, String> setting : settings.entrySet()) {
            config = config.with(setting.getKey(), setting.getValue());
        }
        try {
            config.check();
        } catch (ChordException e) {
            assertThat(e.code()).isIn(ErrorCode.USAGE, ErrorCode.NOT_PERMITTED);
            assertThat(settings.keySet())
                    .anyMatch(key -> e.getMessage().contains(key.key()) || e.code() != ErrorCode.USAGE);
            return;
        }
        config.ring();
        config.timing();
        config.seeds();
        config.dataDir();
        config.advertised();
        Listening.bind(config);
        config.quorum();
        for (ConfigKey key : List.of(ConfigKey.RECORDS_LEASE, ConfigKey.REPAIR_DELAY, ConfigKey.FILES_RENEW)) {
            assertThat(config.duration(key)).isPositive();
        }
        assertThat(config.bytes(ConfigKey.STORE_QUOTA, 1L << 40)).isNotNegative();
        assertThat(config.percent(ConfigKey.STORE_RESERVE)).isBetween(0.0, 1.0);
    }

    @Provide
    Arbitrary<Map<ConfigKey, String>> settings() {
        Arbitrary<String> values = Arbitraries.of(
                "",
                "0",
                "1",
                "3",
                "9",
                "64",
                "65",
                "-1",
                "true",
                "false",
                "0s",
                "1s",
                "5m",
                "2h",
                "3h",
                "40d",
                "10ms",
                "0B",
                "1KiB",
                "5GB",
                "5%",
                "100%",
                "local",
                "eventual",
                "everyone",
                "127.0.0.1:0",
                "127.0.0.1:7450",
                "[::1]:7480",
                "10.0.0.1",
                "0.0.0.0",
                "a:1,b:2",
                "default",
                "/tmp/x",
                "99999999999999TiB",
                "b\u00fcro",
                "x".repeat(300));
        return Arbitraries.maps(Arbitraries.of(ConfigKey.class), values)
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(map -> new EnumMap<>(map));
    }
}
