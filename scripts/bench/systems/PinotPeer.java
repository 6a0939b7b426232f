import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.pinot.broker.broker.helix.HelixBrokerStarter;
import org.apache.pinot.controller.ControllerStarter;
import org.apache.pinot.server.starter.helix.HelixServerStarter;
import org.apache.pinot.spi.env.PinotConfiguration;
import org.apache.pinot.spi.plugin.PluginManager;
import org.apache.pinot.spi.services.ServiceStartable;

/** Pinot's roles in one JVM, one for each properties file that is named, in that order; stopped in the reverse one. */
public class PinotPeer {
  public static void main(String[] files) throws Exception {
    PluginManager.get().init();
    Deque<ServiceStartable> started = new ArrayDeque<>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> started.forEach(ServiceStartable::stop)));
    for (String file : files) {
      Map<String, Object> settings = read(Path.of(file));
      ServiceStartable service = inRole((String) settings.get("pinot.service.role"));
      service.init(new PinotConfiguration(settings));
      service.start();
      started.push(service);
    }
    Thread.currentThread().join();
  }

  private static Map<String, Object> read(Path file) throws Exception {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      properties.load(in);
    }
    return properties.entrySet().stream().collect(Collectors.toMap(e -> (String) e.getKey(), Map.Entry::getValue));
  }

  private static ServiceStartable inRole(String role) {
    return switch (role) {
      case "controller" -> new ControllerStarter();
      case "broker" -> new HelixBrokerStarter();
      case "server" -> new HelixServerStarter();
      default -> throw new IllegalArgumentException("pinot.service.role=" + role + ": one of controller, broker, server");
    };
  }
}
